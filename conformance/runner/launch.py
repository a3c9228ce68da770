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
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from typing import IO, TYPE_CHECKING, Any

from conformance.model.profile import Profile
from conformance.problem import TargetProblem, UsageProblem
from conformance.settings.layers import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from conformance.runner.request import RunRequest

#: Seconds that a server may take until it is ready, and until it has stopped.
READY_BOUND_S = 60.0
STOP_BOUND_S = 10.0

_POLL_S = 0.05


@contextmanager
def reference(
    profile: str, bends: Sequence[str] = (), mutants: str = ""
) -> Iterator[dict[str, Any]]:
    """Run the reference server, its short-lived twin and the store; yield what it announces.

    `bends` names the faults and variants to switch on, `mutants` a file of mutants. Raises
    `UsageProblem` when the `reference` extra is not installed.
    """
    if any(find_spec(name) is None for name in ("uvicorn", "starlette", "PIL")):
        raise UsageProblem(
            'the reference servers are not installed: pip install "media-conformance[reference]"'
        )
    command = [sys.executable, "-m", "conformance", "serve", profile, "--json"]
    for bend in bends:
        command += ["--fault", bend]
    if mutants:
        command += ["--mutants", mutants]
    quiet = (
        {"stderr": subprocess.DEVNULL} if bends or mutants else {}
    )  # a bent server may well complain
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


def with_target_up(
    request: RunRequest, stack: ExitStack
) -> tuple[dict[str, Any], Mapping[str, Origin]]:
    """Start what the request asks for, until the stack closes.

    Returns the settings with what came of it in them, and their origins.
    """
    if request.start:
        given: dict[str, Any] = {"base_url": stack.enter_context(started(request.start))}
        return _overlaid(request, given, Origin.START)
    if not request.reference:
        return request.values, request.origins
    announced = stack.enter_context(reference(request.profile, request.bends, request.mutants))
    stack.enter_context(_credentials(announced))
    same = ("base_url", "short_lived_url", "token", "other_token", "s3_endpoint")
    claimed = Profile.load(request.profile).module("api").OPTIONAL_PARTS
    given = {
        **{name: announced[name] for name in same},
        "s3_bucket": announced["bucket"],
        "capability": (*request.values["capability"], *claimed),
    }
    return _overlaid(request, given, Origin.REFERENCE)


def _overlaid(
    request: RunRequest, given: dict[str, Any], origin: Origin
) -> tuple[dict[str, Any], Mapping[str, Origin]]:
    return {**request.values, **given}, {**request.origins, **dict.fromkeys(given, origin)}


class _credentials:  # noqa: N801 - used as a context manager
    """The store's key pair in the AWS variables, for as long as the reference runs."""

    def __init__(self, announced: dict[str, Any]) -> None:
        self._variables = {
            "AWS_ACCESS_KEY_ID": announced["s3_access_key"],
            "AWS_SECRET_ACCESS_KEY": announced["s3_secret_key"],
        }

    def __enter__(self) -> None:
        self._before = dict(os.environ)
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            os.environ.pop(name, None)
        os.environ.update(self._variables)

    def __exit__(self, *_: object) -> None:
        os.environ.clear()
        os.environ.update(self._before)
