"""The failed cases of a report, run again: which requirements are mended, which are not."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any

from rich.text import Text

from conformance import settings
from conformance.earlier import is_broken
from conformance.exchange import visible
from conformance.problem import KitFault, UsageProblem, did_you_mean
from conformance.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from rich.console import Console

    from conformance.earlier import EarlierReport
    from conformance.settings import Setting
    from conformance.verdict import Run

_FLAGS = {setting.flag: setting for setting in settings.SETTINGS}
#: What a replay takes from its own command line and surroundings, never from the report.
_NEVER_REPORTED = frozenset(
    {"token", "other_token", "workers", "report_dir", "baseline"}
    | {"strict_waivers", "require_verified"}
)


class Finding(StrEnum):
    """What a replay says of one requirement."""

    FIXED = "fixed"
    STILL_FAILING = "still failing"
    NOT_VERIFIED = "not verified"
    NEW = "new"


_STYLES = {
    Finding.FIXED: "green",
    Finding.STILL_FAILING: "bold red",
    Finding.NOT_VERIFIED: "magenta",
    Finding.NEW: "bold red",
}


@dataclass(frozen=True)
class Origin:
    """How the reported run was started: its target and its settings, but no credential."""

    reference: bool
    start: str | None
    given: dict[str, Any]

    @classmethod
    def of(cls, report: EarlierReport) -> Origin:
        """Read the `replay` line of a report; raise `UsageProblem` when it does not fit."""
        try:
            words = shlex.split(str(report.document.get("replay", "")))
            reference, start, given = _read(iter(words), report.profile)
        except (ValueError, StopIteration, UsageProblem):
            raise UsageProblem(
                f"{report.path} does not say how its run was started: its `replay` is no"
                " `conformance run` line of this kit"
            ) from None
        return cls(reference, start, given)

    def layer(self, setting: Setting) -> Any:
        """Return the value that the reported run had; None for what no report holds."""
        if setting.name in _NEVER_REPORTED:
            return None
        return self.given.get(setting.name, setting.default)


def _read(words: Iterator[str], profile: str) -> tuple[bool, str | None, dict[str, Any]]:
    if [*islice(words, 3)] != ["conformance", "run", profile]:
        raise ValueError(profile)
    reference, start, given = False, None, dict[str, Any]()
    for word in words:
        setting = _FLAGS.get(word)
        if word == "--reference":
            reference = True
        elif word == "--start":
            start = next(words)
        elif setting is None or setting.name in _NEVER_REPORTED:
            raise ValueError(word)
        elif setting.kind is bool:
            given[setting.name] = True
        elif setting.multiple:
            given[setting.name] = (*given.get(setting.name, ()), next(words))
        else:
            given[setting.name] = setting.parse(next(words))
    return reference, start, given


def chosen(report: EarlierReport, names: Sequence[str]) -> list[str]:
    """Return the requirements to replay: those named, else all that did not hold.

    Raises `UsageProblem` for a name that the report does not have, or that held there.
    """
    rows = report.requirements
    for name in names:
        if name not in rows:
            hint = did_you_mean(name, rows)
            raise UsageProblem(f"no requirement {name!r} in {report.path}{hint}")
        if not is_broken(rows[name]):
            raise UsageProblem(
                f"{name} is {rows[name]['outcome']} in {report.path}: nothing to replay"
            )
    return list(dict.fromkeys(names)) or [name for name in rows if name in report.broken]


def failing_cases(
    report: EarlierReport, requirements: Sequence[str], known: Collection[str]
) -> list[str]:
    """Return the ids of the cases that showed the requirements broken.

    Raises `UsageProblem` when this kit does not have one of them: the report is of another.
    """
    found = [case for name in requirements for case in _cases_of(report.requirements[name])]
    strange = [case for case in found if case not in known]
    if strange:
        version = report.document.get("kit_version", "another version")
        raise UsageProblem(
            f"this kit has no case {strange[0]!r}: the report is of kit {version},"
            " so run the whole suite again"
        )
    if not found:
        raise UsageProblem(f"{report.path} names no case for {', '.join(requirements)}")
    return list(dict.fromkeys(found))


def _cases_of(row: dict[str, Any]) -> list[str]:
    """Name the cases that speak against a requirement, those of other requirements among them.

    What was only seen aside, no case shows for certain: then all its own cases are to.
    """
    own = [case["id"] for case in row.get("cases", ())]
    failing = [case["id"] for case in row.get("cases", ()) if case.get("outcome") in _BROKEN]
    shown = [proof["case"] for proof in row.get("evidence", ()) if not proof.get("aside")]
    return [*failing, *shown] or own


_BROKEN = frozenset({Outcome.FAILED.value, Outcome.WARNED.value})


@dataclass(frozen=True)
class Line:
    """What a replay says of one requirement, and why."""

    requirement: str
    finding: Finding
    reason: str = ""


def compared(report: EarlierReport, requirements: Sequence[str], run: Run) -> list[Line]:
    """Say what became of each requirement, and what broke that did not before.

    Raises `KitFault` when a case could not do its work.
    """
    for case in run.faults:
        raise KitFault(f"a fault of the kit in {case.case}:\n{case.fault}")
    results = {result.requirement.id: result for result in run.requirements}
    lines = []
    for name in requirements:
        proof = next(iter(results[name].evidence), None) if name in results else None
        if proof is not None:
            why = f"expected {proof.expected}, but {proof.actual}"
            lines.append(Line(name, Finding.STILL_FAILING, why))
        else:
            row = report.requirements[name]
            lines.append(_without_evidence(name, _cases_of(row), run, alone=_shows_alone(row)))
    for name, result in results.items():
        if result.evidence and name not in report.broken:
            proof = result.evidence[0]
            why = f"expected {proof.expected}, but {proof.actual}"
            lines.append(Line(name, Finding.NEW, why))
    return lines


def _without_evidence(name: str, cases: list[str], run: Run, *, alone: bool) -> Line:
    """Tell a requirement whose cases now pass from one that they no longer get to."""
    records = {case.case: case for case in run.cases}
    for case in dict.fromkeys(cases):
        record = records.get(case)
        if record is None:
            return Line(name, Finding.NOT_VERIFIED, f"{case} was not run")
        if record.outcome is Outcome.NOT_VERIFIED:
            return Line(name, Finding.NOT_VERIFIED, record.reason)
    if not alone:
        why = "it passes alone, and was seen among what other cases had made: run the whole suite"
        return Line(name, Finding.NOT_VERIFIED, why)
    return Line(name, Finding.FIXED)


def _shows_alone(row: dict[str, Any]) -> bool:
    """Say whether some case showed it by itself, not only among what others had made."""
    found = row.get("evidence", ())
    return not found or any(not (one.get("aside") or one.get("crowded")) for one in found)


def print_lines(lines: Sequence[Line], console: Console) -> None:
    """Print a line for each requirement, and how many came to what."""
    for line in lines:
        text = Text(f"{line.requirement} ")
        text.append(line.finding.value, style=_STYLES[line.finding])
        text.append(f": {visible(line.reason)}" if line.reason else "")
        console.print(text, soft_wrap=True)
    counts = {kind: sum(line.finding is kind for line in lines) for kind in Finding}
    console.print(", ".join(f"{count} {kind}" for kind, count in counts.items() if count))
