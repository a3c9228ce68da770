"""Processes that a run starts, and that end with it."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from conformance.harness import signals
from conformance.problem import TargetProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Executor

#: Seconds that a process may take to start, and to stop.
READY_BOUND_S = 60.0
STOP_BOUND_S = 10.0


@contextmanager
def guarded(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command under the guard, which stops it even when this process is killed."""
    guard = [sys.executable, "-m", "conformance.servers.guard", "--", *command]
    process = subprocess.Popen(guard, stdin=subprocess.PIPE, start_new_session=True, **options)  # noqa: S603 - the user's own command
    try:
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()  # this tells the guard to stop
        try:
            process.wait(STOP_BOUND_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def interruptible_pool(pool: Executor) -> Iterator[None]:
    """End the processes of a pool at once when SIGINT or SIGTERM comes, or something fails inside.

    Each runs a suite against a server of its own, which ends with it.
    """
    with signals.interruptible():
        try:
            yield
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            _end_children()
            raise


def _end_children() -> None:
    children = multiprocessing.active_children()
    for child in children:
        child.terminate()
    for child in children:
        child.join(STOP_BOUND_S / 2)
        if child.is_alive():
            child.kill()


def end_with_parent() -> None:
    """Let this process of multiprocessing end with its parent, even when SIGKILL ends that.

    Ctrl-C reaches every process of a terminal. Here it counts only inside a run, which handles
    it: the parent ends a process that waits for work.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_after_parent, daemon=True).start()


def _end_after_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(STOP_BOUND_S / 2)
    os._exit(1)


def first_line(process: subprocess.Popen[bytes], what: str) -> str:
    """Return the first line that a process prints; raises `TargetProblem` without one."""
    lines: queue.Queue[str] = queue.Queue()
    stream = process.stdout
    if stream is None:
        raise TargetProblem(f"{what} has no standard output to announce itself")
    threading.Thread(target=_forward_first, args=(stream, lines), daemon=True).start()
    try:
        line = lines.get(timeout=READY_BOUND_S)
    except queue.Empty:
        raise TargetProblem(f"{what} was not ready within {READY_BOUND_S:.0f} seconds") from None
    if not line:
        raise TargetProblem(f"{what} ended before it was ready")
    return line


def _forward_first(stream: IO[bytes], lines: queue.Queue[str]) -> None:
    lines.put(stream.readline().decode("utf-8", "replace"))
