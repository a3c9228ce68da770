"""Starts a server for a run, and always stops it at the end."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from conformance.gate.remote import PLACE
from conformance.harness.bad_credentials import altered
from conformance.model.profile import Profile
from conformance.model.redaction import Redactor
from conformance.problem import TargetProblem, UsageProblem, reference_missing
from conformance.runner.environment import changed_environment
from conformance.runner.nursery import forked
from conformance.runner.processes import READY_BOUND_S, first_line, guarded
from conformance.runner.server_log import ServerLog
from conformance.runner.storage_gate import storage_gate, wanted
from conformance.settings.layers import Origin
from conformance.settings.target import secrets_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from conformance.runner.request import RunRequest

_POLL_S = 0.05
#: The modules that the reference servers import, each with its package.
_PACKAGES = {"uvicorn": "uvicorn", "starlette": "starlette", "PIL": "pillow"}


@contextmanager
def reference(
    profile: str,
    deviations: Sequence[str] = (),
    mutants: str = "",
    gate: str = "",
    kept: ServerLog | None = None,
    *,
    preload: int = 0,
    tokens_from: str = "",
) -> Iterator[dict[str, Any]]:
    """Run the reference server, its short-lived twin and the store; yield their announcement.

    `deviations` names the faults and variants to switch on, `mutants` a file of mutants, `gate`
    the address that the servers use for their calls to the store. `kept` takes what they log; it
    is printed otherwise. `preload` is how many items the caller has from the beginning,
    `tokens_from` a file of tokens of further callers. Raises `UsageProblem` if the `reference`
    extra is not installed.
    """
    for name, package in _PACKAGES.items():
        if find_spec(name) is None:
            raise reference_missing(package)
    arguments = ["serve", profile, "--json"]
    for deviation in deviations:
        arguments += ["--fault", deviation]
    if mutants:
        arguments += ["--mutants", mutants]
    if gate:
        arguments += ["--storage-gate", gate]
    if preload:
        arguments += ["--preload", str(preload)]
    if tokens_from:
        arguments += ["--tokens-from", tokens_from]
    # A server with a fault may log errors, which are expected.
    quiet = bool(deviations or mutants)
    with forked(arguments) if quiet else _logged(arguments, kept) as line:
        try:
            announced = json.loads(line)
        except ValueError:
            raise TargetProblem(f"the reference server did not start: {line.strip()}") from None
        yield announced


@contextmanager
def _logged(arguments: Sequence[str], kept: ServerLog | None) -> Iterator[str]:
    """Run `conformance` in a process; keep or print what it logs; yield its first line."""
    command = [sys.executable, "-m", "conformance", *arguments]
    with (
        (kept or ServerLog(printed=True)).taking(Redactor()) as log,
        guarded(command, stdout=subprocess.PIPE, stderr=log) as process,
    ):
        yield first_line(process, "the reference server")


@contextmanager
def started(
    command: str, redactor: Redactor | None = None, kept: ServerLog | None = None
) -> Iterator[str]:
    """Run the user's own server on a free port and yield its base URL once it answers.

    `{port}` in the command is replaced; without it the port is in the variable PORT. What the
    server logs is kept, or printed, without the secrets that the redactor knows.
    """
    port = _free_port()
    try:
        words = [word.replace("{port}", str(port)) for word in shlex.split(command)]
    except ValueError as error:
        raise UsageProblem(f"--start {command!r} cannot be split into words: {error}") from None
    if not words:
        raise UsageProblem("--start needs a command, with {port} where the port goes")
    # The server must not find the way to the questions of the storage gate.
    environment = {name: value for name, value in os.environ.items() if name != PLACE}
    environment["PORT"] = str(port)
    # What a server prints has to come when it happens, so that its moment fits its request.
    environment.setdefault("PYTHONUNBUFFERED", "1")
    kept = kept or ServerLog(printed=True)
    try:
        with (
            kept.taking(redactor or Redactor()) as log,
            guarded(words, env=environment, stdout=log, stderr=log) as process,
        ):
            _await_port(process, port, command)
            yield f"http://127.0.0.1:{port}"
            kept.died = process.poll() is not None
    except _NotUp as problem:  # now its last lines have come too
        raise TargetProblem("\n".join([str(problem), *_last_lines(kept)])) from None


class _NotUp(TargetProblem):
    """The server that a command starts did not come up."""


def _last_lines(kept: ServerLog) -> list[str]:
    tail = kept.tail()
    return ["its last lines:", *(f"  {line}" for line in tail)] if tail else []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_port(process: subprocess.Popen[bytes], port: int, command: str) -> None:
    deadline = time.monotonic() + READY_BOUND_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise _NotUp(f"--start {command!r} ended with code {process.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            threading.Event().wait(_POLL_S)
    raise _NotUp(
        f"--start {command!r} does not listen on port {port} after {READY_BOUND_S:.0f} seconds:"
        " write {port} where the command needs its port"
    )


def with_target_up(
    request: RunRequest, stack: ExitStack, kept: ServerLog | None = None
) -> tuple[dict[str, Any], Mapping[str, Origin]]:
    """Start the server that the request names; the stack stops it.

    `kept` takes what the server logs; without it, the lines are printed. Returns the settings, with
    the address and tokens of that server, and their origins.
    """
    if request.reference:
        return _reference_up(request, stack, kept)
    if wanted(request.values):  # before the server starts, which may look for its store
        gate = stack.enter_context(storage_gate(request.values["storage_gate"], request.values))
        gate.lead(request.values["s3_endpoint"], request.values["s3_bucket"])
    if request.start:
        url = stack.enter_context(started(request.start, _redactor(request.values), kept))
        given: dict[str, Any] = {"base_url": url, "own_tokens": True}
        return _overlaid(request, given, Origin.START)
    return request.values, request.origins


def _redactor(values: Mapping[str, Any]) -> Redactor:
    """Return what hides the secrets of a run in a log, and the keys that cases make of them."""
    keys = [values[name] for name in ("token", "other_token") if values.get(name)]
    made = [other for key in keys for other in altered(key)]
    return Redactor([*secrets_of(values), *made])


def _reference_up(
    request: RunRequest, stack: ExitStack, kept: ServerLog | None
) -> tuple[dict[str, Any], Mapping[str, Origin]]:
    """Start the reference server behind a gate of its own."""
    gate = stack.enter_context(storage_gate(request.values["storage_gate"]))
    announced = stack.enter_context(
        reference(
            *(request.profile, request.deviations, request.mutants, gate.url, kept),
            tokens_from=request.tokens_from,
        )
    )
    gate.lead(announced["s3_endpoint"], announced["bucket"])
    stack.enter_context(_credentials(announced))
    same = ("base_url", "short_lived_url", "token", "other_token", "s3_endpoint")
    claimed = Profile.load(request.profile).module("api").OPTIONAL_PARTS
    given = {
        **{name: announced[name] for name in same},
        "own_tokens": True,
        "s3_bucket": announced["bucket"],
        "storage_gate": gate.port,
        "capability": (*request.values["capability"], *claimed),
    }
    return _overlaid(request, given, Origin.REFERENCE)


def _overlaid(
    request: RunRequest, given: dict[str, Any], origin: Origin
) -> tuple[dict[str, Any], Mapping[str, Origin]]:
    return {**request.values, **given}, {**request.origins, **dict.fromkeys(given, origin)}


def _credentials(announced: dict[str, Any]) -> AbstractContextManager[None]:
    """Set the AWS variables to the store's key pair while the reference server runs."""
    keys = {
        "AWS_ACCESS_KEY_ID": announced["s3_access_key"],
        "AWS_SECRET_ACCESS_KEY": announced["s3_secret_key"],
    }
    return changed_environment(keys, without=("AWS_PROFILE", "AWS_SESSION_TOKEN"))
