"""A server that forks is ready fast, serves, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from conformance.problem import TargetProblem
from conformance.runner.nursery import forked

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds within which what was stopped must be gone.
GONE_BOUND_S = 20.0

_PARENT = """
import threading
from conformance.runner.nursery import forked
if __name__ == "__main__":
    with forked(["serve", "hayon", "--json"]) as line:
        print(line, end="", flush=True)
        threading.Event().wait()
"""


def refused(url: str) -> bool:
    try:
        httpx.get(url, trust_env=False)
    except httpx.ConnectError:
        return True
    return False


def await_that(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + GONE_BOUND_S
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.1)


def test_a_forked_server_answers_with_its_fault_until_the_block_ends() -> None:
    with forked(["serve", "hayon", "--json", "--fault", "rate-limited"]) as line:
        announced = json.loads(line)
        assert httpx.get(announced["base_url"], trust_env=False).status_code
        assert httpx.get(announced["s3_endpoint"], trust_env=False).status_code

    await_that(lambda: refused(announced["base_url"]) and refused(announced["s3_endpoint"]))


def test_two_at_once_are_servers_of_their_own() -> None:
    with forked(["serve", "hayon", "--json"]) as one, forked(["serve", "hayon", "--json"]) as two:
        assert json.loads(one)["base_url"] != json.loads(two)["base_url"]


def test_a_command_that_prints_no_line_is_a_problem_of_the_target() -> None:
    arguments = ["serve", "hayon", "--fault", "no-such-fault"]

    with pytest.raises(TargetProblem, match="did not start"), forked(arguments):
        pass


def test_it_ends_with_its_parent_even_if_that_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    announced = json.loads(parent.stdout.readline())

    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    await_that(lambda: refused(announced["base_url"]) and refused(announced["s3_endpoint"]))
