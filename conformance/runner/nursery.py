"""Reference servers that fork from one process with their modules loaded.

A matrix starts a server for each of some hundred trials. Most of such a start would be imports.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from conformance.problem import TargetProblem
from conformance.runner.processes import READY_BOUND_S, STOP_BOUND_S, end_with_parent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerContext


@cache
def _nursery() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["conformance.cli.main", "conformance.servers.service"])
    return context


@contextmanager
def forked(arguments: Sequence[str]) -> Iterator[str]:
    """Run `conformance` with these arguments in a fork; yield the first line that it prints.

    What it logs is dropped. It ends with the block, and with this process, even if SIGKILL ends
    that. Raises `TargetProblem` if no line comes.
    """
    reader, writer = _nursery().Pipe(duplex=False)
    process = _nursery().Process(target=_run, args=(list(arguments), writer), daemon=True)
    process.start()
    writer.close()
    try:
        yield _first_line(reader)
    finally:
        process.terminate()
        process.join(STOP_BOUND_S)
        if process.is_alive():
            process.kill()
            process.join()
        reader.close()


def _first_line(reader: Connection) -> str:
    with os.fdopen(os.dup(reader.fileno()), "rb") as stream:
        if not reader.poll(READY_BOUND_S):
            raise TargetProblem(
                f"the reference server was not ready within {READY_BOUND_S:.0f} seconds"
            )
        line = stream.readline().decode("utf-8", "replace")
    if not line:
        raise TargetProblem("the reference server did not start")
    return line


def _run(arguments: list[str], writer: Connection) -> None:
    """Run the command as if it had a process of its own, with the pipe as its output."""
    os.setsid()
    end_with_parent()
    # The old stream may know a position in a file, which a pipe does not have.
    sys.stdout = os.fdopen(writer.fileno(), "w", encoding="utf-8", closefd=False)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    sys.argv = ["conformance", *arguments]
    runpy.run_module("conformance", run_name="__main__")
