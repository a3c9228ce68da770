"""Marks the results of a run with the waivers that are in force."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from conformance.model.profile import Profile, requirement_ids
from conformance.model.waiver import State, Waiver, WaiverUse
from conformance.problem import did_you_mean
from conformance.runner.collection import cases

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from conformance.model.run import RequirementResult, Run
    from conformance.runner.request import RunRequest


def apply(
    waivers: Iterable[Waiver],
    run: Run,
    *,
    known: Collection[str],
    left_out: Callable[[], Collection[str]],
    today: date | None = None,
) -> None:
    """Mark the run's results with the waivers that are in force, and say what each came to.

    `known` holds the ids of every profile: one file serves them all, and a waiver for
    another profile is no business of this run. `left_out` names the requirements of
    which some case was not run; it is asked only when a waiver seems stale.
    """
    today = today or datetime.now(UTC).date()
    results = {result.requirement.id: result for result in run.requirements}
    foreign = set(known) - set(results)
    mine = [waiver for waiver in waivers if waiver.requirement not in foreign]
    run.waivers = [_use(waiver, results, left_out, today) for waiver in mine]
    for result in results.values():
        in_force = [
            use.waiver
            for use in run.waivers
            if use.state is State.APPLIED and use.waiver.requirement == result.requirement.id
        ]
        result.waiver = _covering(result, in_force)


def _covering(result: RequirementResult, waivers: list[Waiver]) -> Waiver | None:
    """Return the waiver that marks a result: together they must speak of all its failures."""
    covered = all(any(one.speaks_of(proof) for one in waivers) for proof in result.evidence)
    return waivers[0] if waivers and covered else None


def _use(
    waiver: Waiver,
    results: dict[str, RequirementResult],
    left_out: Callable[[], Collection[str]],
    today: date,
) -> WaiverUse:
    result = results.get(waiver.requirement)
    if result is None:
        hint = did_you_mean(waiver.requirement, results).removeprefix("; ")
        return WaiverUse(waiver, State.UNKNOWN, hint)
    if waiver.expired(today):
        return WaiverUse(waiver, State.EXPIRED, f"its last day was {waiver.expires}")
    if result.evidence:
        spoken = [waiver.speaks_of(proof) for proof in result.evidence]
        if not any(spoken):
            return WaiverUse(waiver, State.UNMATCHED, f"the failure does not hold {waiver.match!r}")
        note = "" if all(spoken) else "the requirement fails in other ways too"
        return WaiverUse(waiver, State.APPLIED, note)
    if result.outcome == "not-verified" or waiver.requirement in left_out():
        return WaiverUse(waiver, State.UNJUDGED, "this run did not judge the whole requirement")
    return WaiverUse(waiver, State.STALE, f"{waiver.requirement} is {result.outcome}: remove it")


def apply_requested(request: RunRequest, run: Run) -> None:
    """Mark the run with the waivers of the request; asks pytest for the cases if it must."""

    def left_out() -> set[str]:
        ran = {case.case for case in run.cases}
        return {row for row, case in cases(Profile.load(request.profile)) if case not in ran}

    apply(request.waivers, run, known=requirement_ids(), left_out=left_out)
