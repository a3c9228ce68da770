"""The faults of the kit in a report, each cause once, however many cases it stopped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.reports.report import Report

#: The kind of an exception, and the place that raised it.
Cause = tuple[str, str]

_FRAME = re.compile(r'^\s*File "(?P<place>[^"]+", line \d+)', re.MULTILINE)


@dataclass(frozen=True)
class Fault:
    """One cause: the traceback of the first case that met it, and the ids of all these cases."""

    text: str
    cases: tuple[str, ...]


def faults(report: Report) -> list[Fault]:
    """Return the faults of a report by their cause, in the order of the requirements."""
    texts: dict[Cause, str] = {}
    cases: dict[Cause, list[str]] = {}
    for case in (case for row in report["requirements"] for case in row["cases"]):
        if case["fault"]:
            cause = cause_of(case["fault"])
            texts.setdefault(cause, case["fault"])
            cases.setdefault(cause, []).append(case["id"])
    return [Fault(text, tuple(dict.fromkeys(cases[cause]))) for cause, text in texts.items()]


def cause_of(text: str) -> Cause:
    """Return what two faults of one cause share: the kind of the exception, and its place."""
    frames = _FRAME.findall(text)
    last = text.strip().rpartition("\n")[2]
    return last.partition(":")[0], frames[-1] if frames else last
