"""Runs the failed cases of a report again: which requirements are fixed, which still fail?"""

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
from conformance.settings.table import BY_NAME, UNSET

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from rich.console import Console

    from conformance.model.run import Run
    from conformance.reports.report import Report
    from conformance.settings.layers import Layer
    from conformance.settings.rerun import Rerun


#: A report is data: it must not decide that nothing is encrypted, or who is in between.
_NEVER_FROM_A_REPORT = ("insecure", "proxy")


class ReplayOutcome(StrEnum):
    """What became of one requirement in a replay."""

    FIXED = "fixed"
    STILL_FAILING = "still failing"
    NOT_VERIFIED = "not verified"
    NEW = "new"


_STYLES = {
    ReplayOutcome.FIXED: "green",
    ReplayOutcome.STILL_FAILING: "bold red",
    ReplayOutcome.NOT_VERIFIED: "magenta",
    ReplayOutcome.NEW: "bold red",
}


def request_for(
    report: Report, requirements: Sequence[str], options: Mapping[str, Any]
) -> RunRequest:
    """Return the request that runs the failed cases again.

    The options win over the report, then come the environment and the settings file.
    Raises `UsageProblem` if the report's server was started by a command: a report is data,
    and the kit never runs a command from it unless the user passes the command too.
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
    own: tuple[Layer, ...] = (lambda setting: options.get(setting.name), environment(), file)
    values = resolved(own[0], rerun.layer, *own[1:]) | _on_our_word(rerun, own)
    reference = rerun.reference and not base_url and not start
    known = {case for _, case in cases(Profile.load(report.profile))}
    only = tuple(failing_cases(report, requirements, known))
    return RunRequest(report.profile, values, reference=reference, start=start, cases=only)


def _on_our_word(rerun: Rerun, own: Iterable[Layer]) -> dict[str, Any]:
    """Return the settings that decide who may read the token: they never come from a report.

    Raises `UsageProblem` if the run had one of them, and the user does not give it again.
    """
    found = {}
    for name in _NEVER_FROM_A_REPORT:
        setting = BY_NAME[name]
        given = (layer(setting) for layer in own)
        found[name] = next((one for one in given if one not in UNSET), setting.unset)
        before = rerun.values.get(name)
        if before and not found[name]:
            again = f"{setting.flag} {before}" if isinstance(before, str) else setting.flag
            raise UsageProblem(f"the report's run had {again}: pass it again")
    return found


def chosen(report: Report, names: Sequence[str]) -> list[str]:
    """Return the requirements to replay: the named ones, or all that failed or warned.

    Raises `UsageProblem` for a name that the report does not have, or that did not fail.
    """
    rows = report.rows
    for name in names:
        if name not in rows:
            hint = did_you_mean(name, rows)
            raise UsageProblem(f"no requirement {name!r} in {report.path}{hint}")
        if not is_broken(rows[name]):
            raise UsageProblem(
                f"{name} is {rows[name]['outcome']} in {report.path}: there is nothing to replay"
            )
    return list(dict.fromkeys(names)) or [name for name in rows if name in report.broken]


def failing_cases(report: Report, requirements: Sequence[str], known: Collection[str]) -> list[str]:
    """Return the ids of the cases that showed the requirements broken.

    Raises `UsageProblem` if this kit lacks one of them: another version wrote the report.
    """
    found = [case for name in requirements for case in _cases_of(report.rows[name])]
    strange = [case for case in found if case not in known]
    if strange:
        version = report.get("kit_version", "another version")
        raise UsageProblem(
            f"this kit has no case {strange[0]!r}: kit {version} wrote the report,"
            " so run the whole suite again"
        )
    if not found:
        raise UsageProblem(f"{report.path} names no case for {', '.join(requirements)}")
    return list(dict.fromkeys(found))


def _cases_of(row: dict[str, Any]) -> list[str]:
    """Return the cases that show a requirement broken, also cases of other requirements.

    A failure that was only seen during the preparation of other cases may not come from one
    case alone: then all cases of the requirement are returned.
    """
    own = [case["id"] for case in row.get("cases", ())]
    failing = [case["id"] for case in row.get("cases", ()) if case.get("outcome") in _BROKEN]
    shown = [proof["case"] for proof in row.get("evidence", ()) if not proof.get("aside")]
    return [*failing, *shown] or own


_BROKEN = frozenset({Outcome.FAILED.value, Outcome.WARNED.value})


@dataclass(frozen=True)
class ReplayResult:
    """What became of one requirement in a replay, and why."""

    requirement: str
    outcome: ReplayOutcome
    reason: str = ""


def compared(report: Report, requirements: Sequence[str], run: Run) -> list[ReplayResult]:
    """Return what became of each requirement, and which ones broke only now.

    Raises `KitFault` if a case failed because of the kit, and no requirement is still broken.
    """
    for case in run.faults if not run.failed else ():
        raise KitFault(f"a fault of the kit in {case.case}:\n{case.fault}")
    results = {result.requirement.id: result for result in run.requirements}
    found: list[ReplayResult] = []
    for name in requirements:
        proof = next(iter(results[name].evidence), None) if name in results else None
        if proof is not None:
            why = f"expected {proof.expected}, but {proof.actual}"
            found.append(ReplayResult(name, ReplayOutcome.STILL_FAILING, why))
        else:
            row = report.rows[name]
            found.append(_without_evidence(name, _cases_of(row), run, alone=_shows_alone(row)))
    for name, result in results.items():
        if result.evidence and name not in report.broken:
            proof = result.evidence[0]
            why = f"expected {proof.expected}, but {proof.actual}"
            found.append(ReplayResult(name, ReplayOutcome.NEW, why))
    return found


def _without_evidence(name: str, cases: list[str], run: Run, *, alone: bool) -> ReplayResult:
    """Return whether a requirement is fixed, or its cases could not verify it this time."""
    records = {case.case: case for case in run.cases}
    for case in dict.fromkeys(cases):
        record = records.get(case)
        if record is None:
            return ReplayResult(name, ReplayOutcome.NOT_VERIFIED, f"{case} was not run")
        if record.outcome is Outcome.NOT_VERIFIED:
            return ReplayResult(name, ReplayOutcome.NOT_VERIFIED, record.reason)
    if not alone:
        why = (
            "it passes alone, but it failed on data that other cases had created:"
            " run the whole suite"
        )
        return ReplayResult(name, ReplayOutcome.NOT_VERIFIED, why)
    return ReplayResult(name, ReplayOutcome.FIXED)


def _shows_alone(row: dict[str, Any]) -> bool:
    """Return whether a case showed the failure by itself, without the data of other cases."""
    found = row.get("evidence", ())
    return not found or any(not (one.get("aside") or one.get("crowded")) for one in found)


def print_results(results: Sequence[ReplayResult], console: Console) -> None:
    """Print a line for each requirement, and the number of each outcome."""
    for result in results:
        text = Text(f"{result.requirement} ")
        text.append(result.outcome.value, style=_STYLES[result.outcome])
        text.append(f": {visible(result.reason)}" if result.reason else "")
        console.print(text, soft_wrap=True)
    counts = {kind: sum(result.outcome is kind for result in results) for kind in ReplayOutcome}
    console.print(", ".join(f"{count} {kind}" for kind, count in counts.items() if count))
