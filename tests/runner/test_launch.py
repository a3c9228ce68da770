"""Nothing is left running and nothing is left in the target, however a run ends."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import trustme

from conformance.problem import TargetProblem, UsageProblem
from conformance.runner import launch
from conformance.servers import service
from tests.conftest import clean_environment, credentials, everything

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Command

BOUND_S = 240.0


def await_that(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + BOUND_S
    while not condition():
        assert time.monotonic() < deadline, f"not within {BOUND_S} s: {what}"
        threading.Event().wait(0.1)


def running_with(marker: Path) -> list[str]:
    """Return the command lines of the processes that were given the marker as TMPDIR."""
    wanted = f"TMPDIR={marker}\0".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes() + b"\0":
                found.append((folder / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return [line for line in found if line]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start the command with a TMPDIR of its own, which marks its processes and its journals."""
    processes: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "conformance", *arguments],
            cwd=tmp_path,
            env={**clean_environment(), "TMPDIR": str(tmp_path), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def own_server() -> Iterator[dict[str, str]]:
    """A server that no other test uses: whatever it holds is the run's."""
    with service.running("feedhive") as announcement:
        yield announcement


def journalled(folder: Path) -> Callable[[], bool]:
    return lambda: any(path.stat().st_size for path in folder.glob("media-conformance-*/*/*.jsonl"))


def journalled_media(folder: Path) -> set[str]:
    """Return the ids of the media items that a run has journalled so far."""
    rows = []
    for path in folder.glob("media-conformance-*/*/*.jsonl"):
        rows += [json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")]
    return {row["id"] for row in rows if row.get("kind") == "media"}


def listed(announced: dict[str, str]) -> set[str]:
    answer = httpx.get(
        announced["base_url"] + "/media?limit=100",
        headers={"Authorization": f"Bearer {announced['token']}"},
    )
    return {item["id"] for item in answer.json()["data"]["items"]}


def journalled_and_listed(folder: Path, announced: dict[str, str]) -> set[str]:
    return journalled_media(folder) & listed(announced)


def owned(announced: dict[str, str]) -> int:
    answer = httpx.get(
        announced["base_url"] + "/media",
        headers={"Authorization": f"Bearer {announced['token']}"},
    )
    total: int = answer.json()["data"]["total"]
    return total


@pytest.mark.whole_run
def test_ctrl_c_cleans_up_and_reports(
    started: Callable[..., subprocess.Popen[str]], own_server: dict[str, str], tmp_path: Path
) -> None:
    process = started("run", "feedhive", *everything(own_server), **credentials(own_server))
    await_that(lambda: owned(own_server) > 0, "the run has a library")

    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=BOUND_S)

    assert process.returncode == 130, output
    assert "Traceback" not in output
    assert owned(own_server) == 0
    report: dict[str, Any] = json.loads((tmp_path / "conformance-report/report.json").read_text())
    assert report["complete"] is False


@pytest.mark.whole_run
def test_what_a_killed_run_left_is_removed_by_the_next(
    started: Callable[..., subprocess.Popen[str]], own_server: dict[str, str], tmp_path: Path
) -> None:
    arguments = ("run", "feedhive", *everything(own_server))
    process = started(*arguments, **credentials(own_server))
    # What was created when the kill came, and not yet journalled, nobody can know.
    await_that(lambda: bool(journalled_and_listed(tmp_path, own_server)), "a media is journalled")
    process.kill()
    process.wait()
    left = journalled_and_listed(tmp_path, own_server)
    assert left

    following = started(*arguments, "-k", "test_get and unknown", **credentials(own_server))
    output, _ = following.communicate(timeout=BOUND_S)

    assert following.returncode == 0, output
    assert not left & listed(own_server)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are found through /proc")
def test_a_server_killed_with_its_group_leaves_no_store_behind(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance", "serve", "hayon", "--json"],
        env={**clean_environment(), "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline()
        assert any("rclone" in line for line in running_with(tmp_path))

        os.killpg(process.pid, signal.SIGKILL)

    await_that(lambda: not running_with(tmp_path), "every process has ended")


@pytest.mark.whole_run
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are found through /proc")
def test_a_killed_run_leaves_no_server_behind(
    started: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = started("run", "feedhive", "--reference")
    await_that(journalled(tmp_path), "the run has begun")
    assert any("rclone" in line for line in running_with(tmp_path))

    process.kill()

    await_that(lambda: not running_with(tmp_path), "every process has ended")


@pytest.mark.whole_run
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are found through /proc")
def test_a_finished_run_leaves_no_server_and_no_file_behind(
    started: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = started("run", "hayon", "--reference", "--effort", "quick")

    output, _ = process.communicate(timeout=BOUND_S)

    assert process.returncode == 0, output
    await_that(lambda: not running_with(tmp_path), "every process has ended")
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.parent.name for path in left} == {"conformance-report"}, left


def test_the_users_server_is_stopped_when_the_block_ends() -> None:
    command = f"{sys.executable} -m http.server {{port}} --bind 127.0.0.1"

    with launch.started(command) as url:
        assert httpx.get(url).status_code == 200

    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (f"{sys.executable} -c 'raise SystemExit(7)'", "ended with code 7"),
        ("no-such-program --port {port}", "no-such-program"),
    ],
)
def test_a_server_that_does_not_come_up_is_named(command: str, words: str) -> None:
    with pytest.raises(TargetProblem, match=words), launch.started(command):
        pass


@pytest.mark.parametrize("command", ["'", ""])
def test_a_start_that_is_no_command_is_the_users_mistake(command: str) -> None:
    with pytest.raises(UsageProblem, match="--start"), launch.started(command):
        pass


def test_a_bad_certificate_is_untestable_and_named(command: Command) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

        url = f"https://localhost:{server.server_port}"
        done = command("run", "feedhive", "--base-url", url, CONFORMANCE_TOKEN="t")
        server.shutdown()

    assert done.returncode == 3
    assert "certificate" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
