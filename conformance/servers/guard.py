"""Runs a command that must not outlive its parent: `python -m conformance.servers.guard -- CMD`.

The parent holds the guard's standard input open. When it closes, for whatever reason,
the parent's own death by SIGKILL among them, the guard stops the command's whole
process group. Standard library only: it starts fast and needs no extra.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

#: Seconds between asking the command to stop and killing it.
STOP_BOUND_S = 3.0


def main(arguments: list[str]) -> int:
    """Run the command behind `--`; return its exit code, or 127 when it cannot be started."""
    command = arguments[arguments.index("--") + 1 :] if "--" in arguments else arguments
    if not command:
        print("guard: no command given", file=sys.stderr)  # noqa: T201 - a program of its own
        return 2
    asked = threading.Event()
    children: list[subprocess.Popen[bytes]] = []

    def stop(*_: object) -> None:
        asked.set()
        for child in children:
            _stop(child)

    # Before there is a child, so that none is left behind by a signal that comes at once.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 - the caller's command
    except OSError as error:
        print(f"guard: cannot start {command[0]}: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 127
    children.append(child)
    if asked.is_set():
        _stop(child)
    threading.Thread(target=_stop_at_end_of_input, args=(child,), daemon=True).start()
    code = child.wait()
    _signal_group(child, signal.SIGKILL)  # whatever the command left behind
    return code if code >= 0 else 128 - code


def _stop_at_end_of_input(child: subprocess.Popen[bytes]) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    _stop(child)


def _stop(child: subprocess.Popen[bytes]) -> None:
    _signal_group(child, signal.SIGTERM)
    timer = threading.Timer(STOP_BOUND_S, _signal_group, (child, signal.SIGKILL))
    timer.daemon = True
    timer.start()


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(child.pid, number)
    except (ProcessLookupError, PermissionError):
        return  # already gone


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
