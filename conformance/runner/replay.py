"""The failed cases of a report, run again: which requirements are mended, which are not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from rich.text import Text

from conformance.model.evidence import Outcome
from conformance.model.profile import Profile
from conformance.model.redaction import visible
from conformance.problem import KitFault, UsageProblem, did_you_mean
from conformance.reports.report import is_broken
from conformance.runner.collection import cases
from conformance.runner.request import RunRequest
from conformance.settings.file import configuration_file
from conformance.settings.layers import environment, resolved

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from rich.console import Console

    from conformance.model.run import Run
    from conformance.reports.report import Report


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


def request_for(
    report: Report, requirements: Sequence[str], options: Mapping[str, Any]
) -> RunRequest:
    """Return the request that runs the failed cases again.

    A setting is what the options say, else what the report says, else what the environment
    and the settings file say. Raises `UsageProblem` where the server of the report was
    started by a command: a report is data, and no command of it is run unseen.
    """
    rerun = report.rerun
    base_url, start = options["base_url"], options["start"]
    if base_url and start:
        raise UsageProblem("pass only one of --base-url and --start")
    if rerun.start and not base_url and not start:
        raise UsageProblem(
            f"the report's server was started by a command: pass --start {rerun.start!r} again,"
            " or --base-url"
        )
    file = configuration_file(options["config"], options["target"])
    values = resolved(lambda setting: options.get(setting.name), rerun.layer, environment(), file)
    reference = rerun.reference and not base_url and not start
    known = {case for _, case in cases(Profile.load(report.profile))}
    only = tuple(failing_cases(report, requirements, known))
    return RunRequest(report.profile, values, reference=reference, start=start, cases=only)


def chosen(report: Report, names: Sequence[str]) -> list[str]:
    """Return the requirements to replay: those named, else all that did not hold.

    Raises `UsageProblem` for a name that the report does not have, or that held there.
    """
    rows = report.rows
    for name in names:
        if name not in rows:
            hint = did_you_mean(name, rows)
            raise UsageProblem(f"no requirement {name!r} in {report.path}{hint}")
        if not is_broken(rows[name]):
            raise UsageProblem(
                f"{name} is {rows[name]['outcome']} in {report.path}: nothing to replay"
            )
    return list(dict.fromkeys(names)) or [name for name in rows if name in report.broken]


def failing_cases(report: Report, requirements: Sequence[str], known: Collection[str]) -> list[str]:
    """Return the ids of the cases that showed the requirements broken.

    Raises `UsageProblem` when this kit does not have one of them: the report is of another.
    """
    found = [case for name in requirements for case in _cases_of(report.rows[name])]
    strange = [case for case in found if case not in known]
    if strange:
        version = report.get("kit_version", "another version")
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


def compared(report: Report, requirements: Sequence[str], run: Run) -> list[Line]:
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
            row = report.rows[name]
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
