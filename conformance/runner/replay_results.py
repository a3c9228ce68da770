"""What became of the requirements of a report, after their failed cases ran again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from conformance.model.evidence import Outcome
from conformance.problem import KitFault
from conformance.reports.entries import Entry, Group, Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.model.run import Run
    from conformance.reports.report import Report


class ReplayOutcome(StrEnum):
    """What became of one requirement in a replay."""

    FIXED = "fixed"
    STILL_FAILING = "still failing"
    NOT_VERIFIED = "not verified"
    NEW = "new"


@dataclass(frozen=True)
class ReplayResult:
    """What became of one requirement in a replay, and why."""

    requirement: str
    outcome: ReplayOutcome
    reason: str = ""


#: The words of a result that one more session of the whole suite can decide.
AMONG_OTHERS = "it passes alone, but it failed on data that other cases had created"
_NEXT = "fix the other failures, and replay again: that then runs the whole suite"

_STYLES = {
    ReplayOutcome.STILL_FAILING: "bold red",
    ReplayOutcome.NEW: "bold red",
    ReplayOutcome.NOT_VERIFIED: "magenta",
    ReplayOutcome.FIXED: "green",
}
_BROKEN = frozenset({Outcome.FAILED.value, Outcome.WARNED.value})


def compared(
    report: Report, requirements: Sequence[str], run: Run, *, whole: bool = False
) -> list[ReplayResult]:
    """Return what became of each requirement, and which ones broke only now.

    Args:
        report: The earlier report.
        requirements: The ids of the requirements that were replayed.
        run: The run of their failed cases.
        whole: Whether it ran the whole suite instead.

    Raises:
        KitFault: A case failed because of the kit, and no requirement is still broken.
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
            alone = whole or _shows_alone(row)
            found.append(_without_evidence(name, cases_of(row), run, alone=alone))
    for name, result in results.items():
        if result.evidence and name not in report.broken:
            proof = result.evidence[0]
            why = f"expected {proof.expected}, but {proof.actual}"
            found.append(ReplayResult(name, ReplayOutcome.NEW, why))
    return found


def undecided(results: Sequence[ReplayResult]) -> list[str]:
    """Return the ids that only the whole suite can decide, if nothing else is left to fix."""
    open_yet = [one for one in results if one.outcome is not ReplayOutcome.FIXED]
    among = [one.requirement for one in open_yet if one.reason.startswith(AMONG_OTHERS)]
    return among if len(among) == len(open_yet) else []


def all_fixed(results: Sequence[ReplayResult]) -> bool:
    """Return whether every requirement is fixed, and no other one broke."""
    return all(one.outcome is ReplayOutcome.FIXED for one in results)


def cases_of(row: dict[str, Any]) -> list[str]:
    """Return the cases that show a requirement broken, also cases of other requirements.

    A failure that was only seen during the preparation of other cases may not come from one
    case alone: then all cases of the requirement are returned.
    """
    own = [case["id"] for case in row.get("cases", ())]
    failing = [case["id"] for case in row.get("cases", ()) if case.get("outcome") in _BROKEN]
    shown = [proof["case"] for proof in row.get("evidence", ()) if not proof.get("aside")]
    return [*failing, *shown] or own


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
        return ReplayResult(name, ReplayOutcome.NOT_VERIFIED, f"{AMONG_OTHERS}: {_NEXT}")
    return ReplayResult(name, ReplayOutcome.FIXED)


def _shows_alone(row: dict[str, Any]) -> bool:
    """Return whether a case showed the failure by itself, without the data of other cases."""
    found = row.get("evidence", ())
    return not found or any(not (one.get("aside") or one.get("crowded")) for one in found)


def listing(
    results: Sequence[ReplayResult], run: Run, *, code: int, notes: Sequence[str] = ()
) -> Listing:
    """Return the results by their outcome, in the forms that people and programs read.

    Args:
        results: What became of each requirement.
        run: The last run of the replay.
        code: The exit code.
        notes: What a reader must also know.
    """
    counts = {kind: sum(one.outcome is kind for one in results) for kind in ReplayOutcome}
    rows = {one.requirement: run.catalogue[one.requirement] for one in results}
    described = [
        {**asdict(one), "title": rows[one.requirement].title,
         "level": rows[one.requirement].level.value}
        for one in results
    ]  # fmt: skip
    groups = [
        Group(kind.value, style, [
            Entry(one.requirement, rows[one.requirement].level.value,
                  rows[one.requirement].title, one.outcome.value, one.reason)
            for one in results
            if one.outcome is kind
        ])
        for kind, style in _STYLES.items()
    ]  # fmt: skip
    data = {
        "profile": run.profile,
        "target": run.target.get("base_url"),
        "cases": len(run.cases),
        "exit_code": code,
        "counts": {kind.value: count for kind, count in counts.items()},
        "results": described,
    }
    conclusion = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    return Listing(f"{run.profile}: replay", groups, conclusion, data, code == 0, [*notes])
