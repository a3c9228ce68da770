"""Runs a command that must end with its parent: `python -m conformance.servers.guard -- CMD`.

The parent keeps the standard input of the guard open. When it closes for any reason, also
when SIGKILL ends the parent, the guard stops the whole process group of the command. It uses
the standard library only: it starts fast and needs no extra.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

#: Seconds between SIGTERM and SIGKILL.
STOP_BOUND_S = 3.0


def main(arguments: list[str]) -> int:
    """Run the command behind `--`; return its exit code, or 127 if it cannot start."""
    command = arguments[arguments.index("--") + 1 :] if "--" in arguments else arguments
    if not command:
        print("guard: no command given", file=sys.stderr)  # noqa: T201 - a program on its own
        return 2
    asked = threading.Event()
    children: list[subprocess.Popen[bytes]] = []

    def stop(*_: object) -> None:
        asked.set()
        for child in children:
            _stop(child)

    # Before the child starts: a signal that comes early must not leave a child behind.
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
    _signal_group(child, signal.SIGKILL)  # the processes that the command left behind
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
