"""The faults of the kit in a report, each cause once, however many cases it stopped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.model.redaction import visible

if TYPE_CHECKING:
    from conformance.reports.report import Report

#: The file of the faults in a report folder; it is there only if the kit failed.
FILE = "kit-faults.txt"
#: So many causes it holds at most, and of each traceback so many characters from its end.
_CAUSES, _LONGEST_CHARACTERS = 10, 8_000

#: The kind of an exception, and the place that raised it.
Cause = tuple[str, str]

_SHOWN_CHARACTERS = 200
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


def summary(fault: Fault) -> str:
    """Return one line about a fault: the exception, where it stopped a case, and what to do."""
    last = fault.text.strip().rpartition("\n")[2][:_SHOWN_CHARACTERS]
    more = f" and {len(fault.cases) - 1} more" if len(fault.cases) > 1 else ""
    return visible(f"{last} (in {fault.cases[0]}{more}; please report it, with {FILE} attached)")


def text(found: list[Fault]) -> str:
    """Return what the file holds: each cause once, with the end of its traceback."""
    parts = []
    for fault in found[:_CAUSES]:
        lines = fault.text[-_LONGEST_CHARACTERS:].splitlines()
        cases = ", ".join(map(visible, fault.cases[:_CAUSES]))
        parts.append("\n".join([f"{len(fault.cases)} cases: {cases}", *map(visible, lines), ""]))
    return "\n".join(parts)


def cause_of(text: str) -> Cause:
    """Return what two faults of one cause share: the kind of the exception, and its place."""
    frames = _FRAME.findall(text)
    last = text.strip().rpartition("\n")[2]
    return last.partition(":")[0], frames[-1] if frames else last
