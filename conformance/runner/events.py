"""The events of a run, one JSON object on each line: `--events FILE`, or `-` for stdout."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self, TextIO

from conformance.model.redaction import Redactor, remembered
from conformance.problem import Problem, UsageProblem
from conformance.reports.decision import sentence
from conformance.runner.progress import Quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.model.evidence import CaseRecord
    from conformance.model.run import Run
    from conformance.reports.report import Report
    from conformance.runner.progress import Progress

#: The name of the standard output.
STDOUT = "-"


class Events:
    """Writes an event for each step of a run, and passes the progress on.

    `out` is None where nobody wants events. Each line is redacted, and written at once.
    """

    def __init__(self, out: TextIO | None, profile: str) -> None:
        self._out = out
        self._behind: Progress = Quiet()
        self._profile = profile
        self._findings: set[tuple[str, str, str, str]] = set()

    def before(self, progress: Progress) -> Self:
        """Pass the progress on to this one from now on."""
        self._behind = progress
        return self

    def ready(self, run: Run) -> None:
        """Write that the run begins."""
        self._behind.ready(run)
        self._write(
            "run_started",
            target=run.target["base_url"],
            catalogue=run.catalogue.version,
            build=run.build,
            effort=run.effort,
            seed=run.seed,
        )

    def note(self, label: str, text: str) -> None:
        """Pass the note on."""
        self._behind.note(label, text)

    def confirms(self, question: str) -> bool:
        """Pass the question on."""
        return self._behind.confirms(question)

    def begin(self, total: int) -> None:
        """Pass the number of cases on."""
        self._behind.begin(total)

    def started(self, case: str) -> None:
        """Pass the case on."""
        self._behind.started(case)

    def case(self, record: CaseRecord) -> None:
        """Write that a case has ended, and what it found that no case found before."""
        self._behind.case(record)
        self._write(
            "case_ended",
            case=record.case,
            requirement=record.requirement,
            outcome=record.outcome.value,
            reason=record.reason,
            duration_s=record.duration_s,
            requests=record.requests,
        )
        for proof in record.evidence:
            key = (proof.requirement, proof.case, proof.expected, proof.actual)
            if key not in self._findings:
                self._findings.add(key)
                names = ("requirement", "case", "expected", "actual")
                self._write("finding", **dict(zip(names, key, strict=True)))

    def ended(self, report: Report) -> None:
        """Write that the run has ended, with its verdict and its exit code."""
        decided = report["decision"]
        self._write(
            "run_ended",
            verdict=report["verdict"],
            exit_code=decided["exit_code"],
            sentence=sentence(report),
            counts=report["counts"],
            new=decided["new"],
            duration_s=report["duration_s"],
            report=str(report.path),
        )

    def stopped(self, problem: Problem) -> None:
        """Write that a problem ended the run, which then has no verdict."""
        self._write(
            "run_ended", verdict=None, exit_code=int(problem.exit_code), sentence=str(problem)
        )

    def _write(self, event: str, **members: Any) -> None:
        if self._out is None:
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"event": event, "time": now, "profile": self._profile, **members}
        # The secrets of the target are remembered as soon as its settings are read.
        text = Redactor(remembered()).text(json.dumps(line, ensure_ascii=True))
        try:
            self._out.write(f"{text}\n")
            self._out.flush()
        except OSError:  # the reader went away: that changes no verdict
            self._out = None


@contextmanager
def events(place: str | None, profile: str) -> Iterator[Events]:
    """Yield what writes the events of a run.

    Args:
        place: A file, `-` for the standard output, or None for no events.
        profile: The profile of the run.

    Raises:
        UsageProblem: The file cannot be written.
    """
    if not place or place == STDOUT:
        yield Events(sys.stdout if place else None, profile)
        return
    try:
        out = open(place, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - closed below
    except OSError as error:
        raise UsageProblem(
            f"--events {place} cannot be written ({error.strerror}): choose another file"
        ) from None
    with out:
        yield Events(out, profile)
