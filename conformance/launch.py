"""Starts a server for the length of a run, and stops it on every way out."""

from __future__ import annotations

import json
import os
import queue
import shlex
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from importlib.util import find_spec
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.problem import TargetProblem, UsageProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Seconds that a server may take until it is ready, and until it has stopped.
READY_BOUND_S = 60.0
STOP_BOUND_S = 10.0

_POLL_S = 0.05


@contextmanager
def reference(profile: str, bends: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """Run the reference server, its short-lived twin and the store; yield what it announces.

    `bends` names the faults and variants to switch on. Raises
    `UsageProblem` when the `reference` extra is not installed.
    """
    if any(find_spec(name) is None for name in ("uvicorn", "starlette", "PIL")):
        raise UsageProblem(
            'the reference servers are not installed: pip install "media-conformance[reference]"'
        )
    command = [sys.executable, "-m", "conformance", "serve", profile, "--json"]
    for bend in bends:
        command += ["--fault", bend]
    quiet = {"stderr": subprocess.DEVNULL} if bends else {}  # a bent server may well complain
    with _guarded(command, stdout=subprocess.PIPE, **quiet) as process:
        line = _first_line(process)
        try:
            announced = json.loads(line)
        except ValueError:
            raise TargetProblem(f"the reference server did not start: {line.strip()}") from None
        yield announced


@contextmanager
def started(command: str) -> Iterator[str]:
    """Run the user's own server on a free port and yield its base URL once it answers.

    `{port}` in the command is replaced; without it the port is in the variable PORT.
    """
    port = _free_port()
    try:
        words = [word.replace("{port}", str(port)) for word in shlex.split(command)]
    except ValueError as error:
        raise UsageProblem(f"--start {command!r} cannot be split into words: {error}") from None
    if not words:
        raise UsageProblem("--start needs a command, with {port} where the port goes")
    with _guarded(words, env={**os.environ, "PORT": str(port)}) as process:
        _await_port(process, port, command)
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _guarded(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command under the guard, which stops it even when this process is killed."""
    guard = [sys.executable, "-m", "conformance.servers.guard", "--", *command]
    process = subprocess.Popen(guard, stdin=subprocess.PIPE, start_new_session=True, **options)  # noqa: S603 - the user's own command
    try:
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()  # the guard takes this as the end
        try:
            process.wait(STOP_BOUND_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _first_line(process: subprocess.Popen[bytes]) -> str:
    lines: queue.Queue[str] = queue.Queue()
    stream = process.stdout
    if stream is None:
        raise TargetProblem("the reference server has no output to announce itself on")
    threading.Thread(target=_forward_first, args=(stream, lines), daemon=True).start()
    try:
        line = lines.get(timeout=READY_BOUND_S)
    except queue.Empty:
        raise TargetProblem(
            f"the reference server was not ready within {READY_BOUND_S:.0f} seconds"
        ) from None
    if not line:
        raise TargetProblem("the reference server ended before it was ready")
    return line


def _forward_first(stream: IO[bytes], lines: queue.Queue[str]) -> None:
    lines.put(stream.readline().decode("utf-8", "replace"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_port(process: subprocess.Popen[bytes], port: int, command: str) -> None:
    deadline = time.monotonic() + READY_BOUND_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise TargetProblem(f"--start {command!r} ended with code {process.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            threading.Event().wait(_POLL_S)
    raise TargetProblem(
        f"--start {command!r} does not listen on port {port} after {READY_BOUND_S:.0f} seconds:"
        " write {port} where the command takes its port"
    )


def reachable(url: str, timeout: float) -> str | None:
    """Return why no connection to the URL's host can be made, or None when one can."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname or "", port), timeout):
            return None
    except OSError as error:
        return str(error)
