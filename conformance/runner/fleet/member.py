"""One target of a fleet: its process, its report, and its row of the overview."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from conformance.model.redaction import Redactor
from conformance.problem import ExitCode, KitFault, Problem
from conformance.reports.fleet import target_of
from conformance.reports.report import FILE, Report
from conformance.runner.own_process import OwnProcess
from conformance.runner.publish import emptied
from conformance.settings.target import secrets_of

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.reports.report import Row
    from conformance.runner.request import RunRequest

_INTERRUPTED = "interrupted"
_KILLED = "interrupted twice: `conformance cleanup` removes what it left"
_NOT_BEGUN = "interrupted before it began"


class Member:
    """One target of a fleet."""

    def __init__(self, name: str, request: RunRequest, folder: Path, outcome: Path) -> None:
        """Remember what to run.

        Args:
            name: The name of the target.
            request: The request for its run.
            folder: The folder of its report.
            outcome: The file in which its process says how it ended.
        """
        self.name = name
        self._request = request
        self._folder = folder
        self._outcome = outcome
        self._redactor = Redactor(secrets_of(request.values))
        self._lock = threading.Lock()
        self._process: OwnProcess | None = None
        self._stopped = self._killed = False

    def run(self) -> Row:
        """Run it to its end, and return its row; a problem is a part of the row."""
        try:
            emptied(self._folder)
            with self._lock:
                if self._stopped:
                    return self.unbegun()
                data = {"request": self._request.as_dict()}
                self._process = OwnProcess(data, self._outcome)
            return self._followed(self._process)
        except Problem as problem:
            return self._row(problem.exit_code, str(problem), None)
        except OSError as error:
            return self._row(ExitCode.KIT_FAULT, f"its process cannot run: {error}", None)

    def unbegun(self) -> Row:
        """Return its row where an interruption came before it began."""
        return self._row(ExitCode.INTERRUPTED, _NOT_BEGUN, None)

    def interrupt(self) -> None:
        """Let it not begin, or end after its clean-up."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.interrupt()

    def kill(self) -> None:
        """End it at once."""
        self._killed = True
        if self._process is not None:
            self._process.kill()

    def _followed(self, process: OwnProcess) -> Row:
        try:
            process.follow()
        finally:
            process.end(self._request.values["cleanup_timeout"])
        try:
            code, why = process.outcome(self._redactor)["exit_code"], ""
        except KeyboardInterrupt:  # of that process
            code, why = ExitCode.INTERRUPTED, _INTERRUPTED
        except Problem as problem:
            code, why = problem.exit_code, _line(str(problem))
            if self._killed:
                code, why = ExitCode.INTERRUPTED, _KILLED
        return self._row(code, why, self._report())

    def _report(self) -> Report | None:
        return Report.read(self._folder) if (self._folder / FILE).is_file() else None

    def _row(self, code: int, why: str, report: Report | None) -> Row:
        if report is None and not why:
            raise KitFault(f"the run of {self.name} wrote no report")
        url = "" if self._request.start else self._request.values["base_url"] or ""
        return target_of(self.name, url, int(code), self._redactor.text(why), report)


def _line(text: str) -> str:
    """Return the line that says most: of a traceback the last, otherwise the first."""
    lines = text.strip().splitlines() or [""]
    return lines[-1] if lines[0].startswith("Traceback") else lines[0]
