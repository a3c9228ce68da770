"""A run in a process of its own: it gets its request through a pipe, and ends with its parent.

The suite is a pytest session with threads, signal handlers and plugins. Several runs, or a run and
the program that wants it, share nothing but the network.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import conformance.problem
from conformance.problem import KitFault, Problem, UsageProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.model.redaction import Redactor

# Seconds that a child has beyond its clean-up after an interruption.
_END_S = 30.0
# The lines of a child that a fault shows.
_LAST_LINES = 40
# Variables that would change what the child does or prints.
_FOREIGN = ("CONFORMANCE_", "PYTEST_", "GITHUB_")
_FOREIGN_NAMES = frozenset({"PYTHONWARNINGS", "PYTHONINSPECT", "PYTHONSTARTUP"})
# The package is found where it was found here, and behind everything else. No file of the current
# folder can take the place of a module.
_START = (
    "import sys; sys.path.append(sys.argv.pop()); from conformance.runner.child import main; main()"
)


class OwnProcess:
    """The process of one request.

    `last` holds the last lines that it printed.
    """

    def __init__(self, request: Mapping[str, Any], place: Path) -> None:
        """Start it.

        Args:
            request: What `conformance.runner.child` reads.
            place: The file in which it says how it ended.

        Raises:
            UsageProblem: This Python cannot start another one.
        """
        if not sys.executable:
            raise UsageProblem(
                "this Python does not know its own program (sys.executable is empty)"
            )
        home = str(Path(conformance.problem.__file__).parents[1])
        self._request = request
        self._place = place
        self.last: deque[str] = deque(maxlen=_LAST_LINES)
        self._child = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-P", "-c", _START, str(place), home],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_environment(),
            start_new_session=True,  # the signals of this process are its own
            text=True,
            encoding="utf-8",
            errors="replace",
        )

    def follow(self, output: IO[str] | None = None) -> None:
        """Send the request, pass on what the process prints, and wait for its end.

        The input stays open: the child ends when it closes, even where this process is killed.
        """
        child = self._child
        if child.stdin is not None and child.stdout is not None:
            with suppress(BrokenPipeError):  # it died at once, and its last words say why
                child.stdin.write(f"{json.dumps(self._request)}\n")
                child.stdin.flush()
            for line in child.stdout:
                self.last.append(line)
                if output is not None:
                    output.write(line)
                    output.flush()
        child.wait()

    def interrupt(self) -> None:
        """Let it end as after Ctrl-C: it removes what it created, and writes its report."""
        if self._child.stdin is not None:
            with suppress(BrokenPipeError, ValueError):
                self._child.stdin.close()

    def kill(self) -> None:
        """End it at once; a later run or `conformance cleanup` removes what it created."""
        self._child.kill()

    def end(self, clean_up_s: float) -> None:
        """End a process that still runs, as long as its clean-up does not last.

        Args:
            clean_up_s: The seconds of its clean-up.
        """
        child = self._child
        try:
            self.interrupt()
            with suppress(subprocess.TimeoutExpired):
                child.wait(clean_up_s + _END_S)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
            if child.stdout is not None:
                child.stdout.close()

    def outcome(self, redactor: Redactor) -> dict[str, Any]:
        """Return what it says of its end, once it has ended.

        Raises:
            Problem: It ended with a problem.
            KitFault: It died.
            KeyboardInterrupt: It was interrupted.
        """
        try:
            outcome: dict[str, Any] = json.loads(self._place.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            said = redactor.text("".join(self.last)).strip() or "it said nothing"
            raise KitFault(f"the process of the run died: {said}") from None
        if outcome["interrupted"]:
            raise KeyboardInterrupt
        kinds = {kind.__name__: kind for kind in (*Problem.__subclasses__(), Problem)}
        if outcome["problem"]:
            raise kinds.get(outcome["problem"], KitFault)(outcome["text"])
        return outcome


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_FOREIGN) and name not in _FOREIGN_NAMES
    }
