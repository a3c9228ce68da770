"""Tokens outside the settings file: in a variable that it names, or printed by a command."""

from __future__ import annotations

import os
import selectors
import shlex
import signal
import subprocess
import time
from contextlib import suppress

from conformance.problem import UsageProblem

#: The settings that are tokens, and the two ways to name the source of one.
TOKENS = ("token", "other_token")
WAYS = ("env", "command")
#: Seconds that a command may take, and bytes that it may print.
COMMAND_BOUND_S = 30.0
OUTPUT_BOUND = 64 * 1024


def keys(token: str) -> tuple[str, ...]:
    """Return the keys of the settings file that name the source of a token."""
    return tuple(f"{token}_{way}" for way in WAYS)


def fetch(key: str, value: str) -> str:
    """Return the token that a key points to; raise `UsageProblem` if there is no token.

    The messages never contain the value of a variable or the output of a command.
    """
    if key.endswith("_command"):
        return _printed(key, value)
    token = os.environ.get(value, "").strip()
    if not token:
        raise UsageProblem(f"{key}: the variable {value!r} is not set")
    return token


def _printed(key: str, command: str) -> str:
    """Run the command without a shell, and return the first line that it prints."""
    words = _words(key, command)
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own command
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageProblem(f"{key}: {words[0]!r} cannot be started: {reason}") from None
    with process:
        try:
            output = _output(process, key)
        finally:
            _stop(process)
    if process.returncode:
        raise UsageProblem(f"{key}: {words[0]!r} ended with code {process.returncode}")
    token = output.decode("utf-8", "replace").strip().partition("\n")[0].strip()
    if not token:
        raise UsageProblem(f"{key}: {words[0]!r} printed nothing")
    return token


def _words(key: str, command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageProblem(f"{key} cannot be split into words: {error}") from None
    if not words:
        raise UsageProblem(f"{key} is empty: give a command that prints the token")
    return words


def _output(process: subprocess.Popen[bytes], key: str) -> bytes:
    """Read until the command closes its output and ends, within the limits."""
    deadline = time.monotonic() + COMMAND_BOUND_S
    late = f"{key}: no answer within {COMMAND_BOUND_S:.0f} seconds"
    output = bytearray()
    if process.stdout is None:
        return bytes(output)
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        while ready.select(max(deadline - time.monotonic(), 0)):
            chunk = os.read(process.stdout.fileno(), OUTPUT_BOUND)
            output += chunk
            if len(output) > OUTPUT_BOUND:
                raise UsageProblem(f"{key}: more than {OUTPUT_BOUND // 1024} KiB cannot be a token")
            if not chunk:
                break
        else:
            raise UsageProblem(late)
    try:
        process.wait(max(deadline - time.monotonic(), 0))
    except subprocess.TimeoutExpired:
        raise UsageProblem(late) from None
    return bytes(output)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the command and every process that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
