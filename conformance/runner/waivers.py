"""Marks the results of a run with the waivers that are in force."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from conformance.model.profile import Profile, requirement_ids
from conformance.model.waiver import Waiver, WaiverState, WaiverUse
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
    """Mark the run's results with the waivers that are in force, and note the state of each.

    `known` holds the ids of every profile: one file serves all profiles, and this run ignores
    waivers for another one. `left_out` returns the requirements of which some case was not
    run; it is only called if a waiver seems stale.
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
            if use.state is WaiverState.APPLIED and use.waiver.requirement == result.requirement.id
        ]
        result.waiver = _covering(result, in_force)


def _covering(result: RequirementResult, waivers: list[Waiver]) -> Waiver | None:
    """Return the waiver that marks a result; together the waivers must cover all failures."""
    covered = all(any(one.covers(proof) for one in waivers) for proof in result.evidence)
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
        return WaiverUse(waiver, WaiverState.UNKNOWN, hint)
    if waiver.expired(today):
        return WaiverUse(waiver, WaiverState.EXPIRED, f"its last day was {waiver.expires}")
    if result.evidence:
        covered = [waiver.covers(proof) for proof in result.evidence]
        if not any(covered):
            return WaiverUse(
                waiver, WaiverState.UNMATCHED, f"the failure does not contain {waiver.match!r}"
            )
        note = "" if all(covered) else "the requirement also fails in other ways"
        return WaiverUse(waiver, WaiverState.APPLIED, note)
    if result.outcome == "not-verified" or waiver.requirement in left_out():
        return WaiverUse(
            waiver, WaiverState.UNJUDGED, "this run did not judge the whole requirement"
        )
    return WaiverUse(
        waiver, WaiverState.STALE, f"{waiver.requirement} is {result.outcome}: remove it"
    )


def apply_requested(request: RunRequest, run: Run) -> None:
    """Mark the run with the waivers of the request; collects the cases only if needed."""

    def left_out() -> set[str]:
        ran = {case.case for case in run.cases}
        return {row for row, case in cases(Profile.load(request.profile)) if case not in ran}

    apply(request.waivers, run, known=requirement_ids(), left_out=left_out)
