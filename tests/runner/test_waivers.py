"""Waivers in a run: what they cover, and which of them need a change."""

from __future__ import annotations

from datetime import date

import pytest

from conformance.model.evidence import CaseRecord, Evidence, Outcome
from conformance.model.requirement import Catalogue, Level, Requirement, Source
from conformance.model.run import Run, Verdict
from conformance.model.waiver import Waiver, WaiverState
from conformance.runner.waivers import apply

TODAY = date(2026, 6, 30)


SOURCE = Source("A page", "Its first part")


CATALOGUE = Catalogue(
    "A page",
    "1.0.0",
    [
        Requirement(name, Level.MUST, "t", "s", "create", SOURCE)
        for name in ("A-ONE", "A-TWO", "A-THREE")
    ],
)


def failure(requirement: str, actual: str = "it was 200") -> CaseRecord:
    proof = Evidence(requirement, f"test_{requirement}", "a refusal (4xx)", actual)
    return CaseRecord(f"test_{requirement}", requirement, Outcome.FAILED, evidence=[proof])


def judged(*waivers: Waiver, cases: list[CaseRecord], left_out: tuple[str, ...] = ()) -> Run:
    """Judge the cases, the other rows passing, and apply the waivers."""
    named = {case.requirement for case in cases}
    passing = [
        CaseRecord(f"test_{row.id}", row.id, Outcome.PASSED)
        for row in CATALOGUE
        if row.id not in named
    ]
    run = Run("feedhive", CATALOGUE, [*cases, *passing])
    known = {"A-ONE", "A-TWO", "A-THREE", "B-OTHER"}
    apply(waivers, run, known=known, left_out=lambda: left_out, today=TODAY)
    return run


def states(run: Run) -> list[WaiverState]:
    return [use.state for use in run.waivers]


def test_a_waived_failure_is_marked_and_spares_only_the_exit_code() -> None:
    waiver = Waiver("A-ONE", "known", expires=TODAY)

    run = judged(waiver, cases=[failure("A-ONE")])

    assert states(run) == [WaiverState.APPLIED]
    assert [(row.requirement.id, row.waiver) for row in run.failed] == [("A-ONE", waiver)]
    assert (run.verdict, run.exit_code()) == (Verdict.NONCONFORMANT, 0)


def test_one_failure_beyond_the_waived_ones_fails_the_run() -> None:
    run = judged(Waiver("A-ONE", "known"), cases=[failure("A-ONE"), failure("A-TWO")])

    assert run.exit_code() == 1


def test_an_expired_waiver_spares_nothing() -> None:
    run = judged(Waiver("A-ONE", "known", expires=date(2026, 6, 29)), cases=[failure("A-ONE")])

    assert states(run) == [WaiverState.EXPIRED]
    assert run.failed[0].waiver is None
    assert run.exit_code() == 1


@pytest.mark.parametrize(
    ("match", "state", "code"),
    [("it was 200", WaiverState.APPLIED, 0), ("a refusal", WaiverState.APPLIED, 0),
     ("it was 500", WaiverState.UNMATCHED, 1)],
)  # fmt: skip
def test_a_match_must_stand_in_the_failure(match: str, state: WaiverState, code: int) -> None:
    run = judged(Waiver("A-ONE", "known", match=match), cases=[failure("A-ONE")])

    assert states(run) == [state]
    assert run.exit_code() == code


def test_another_way_of_failing_is_not_covered_by_a_match() -> None:
    waiver = Waiver("A-ONE", "known", match="it was 200")

    run = judged(waiver, cases=[failure("A-ONE"), failure("A-ONE", "it was 500")])

    assert run.failed[0].waiver is None
    assert "also fails in other ways" in run.waivers[0].note
    assert run.exit_code() == 1


def test_two_waivers_cover_two_ways_of_failing() -> None:
    waivers = [Waiver("A-ONE", "known", match=f"it was {status}") for status in (200, 500)]

    run = judged(*waivers, cases=[failure("A-ONE"), failure("A-ONE", "it was 500")])

    assert states(run) == [WaiverState.APPLIED, WaiverState.APPLIED]
    assert run.exit_code() == 0


def test_a_waiver_of_what_passes_is_stale() -> None:
    run = judged(Waiver("A-TWO", "known"), cases=[])

    assert states(run) == [WaiverState.STALE]
    assert (run.exit_code(), run.exit_code(strict_waivers=True)) == (0, 1)


def test_a_waiver_that_the_selection_left_out_is_not_stale() -> None:
    run = judged(Waiver("A-TWO", "known"), cases=[], left_out=("A-TWO",))

    assert states(run) == [WaiverState.UNJUDGED]
    assert run.exit_code(strict_waivers=True) == 0


def test_an_unverified_requirement_leaves_its_waiver_alone() -> None:
    blocked = CaseRecord("test_it", "A-TWO", Outcome.NOT_VERIFIED, "needs wait")

    run = judged(Waiver("A-TWO", "known"), cases=[blocked])

    assert states(run) == [WaiverState.UNJUDGED]


def test_an_unknown_requirement_is_reported_with_the_one_that_was_meant() -> None:
    run = judged(Waiver("A-THRE", "known"), cases=[])

    assert states(run) == [WaiverState.UNKNOWN]
    assert run.waivers[0].note == "did you mean A-THREE?"
    assert run.exit_code(strict_waivers=True) == 1


def test_a_waiver_for_another_profile_is_no_business_of_this_run() -> None:
    run = judged(Waiver("B-OTHER", "known"), cases=[])

    assert run.waivers == []
    assert run.exit_code(strict_waivers=True) == 0


def test_a_waiver_does_not_hide_what_is_unverified() -> None:
    blocked = CaseRecord("test_it", "A-TWO", Outcome.NOT_VERIFIED, "needs wait")

    run = judged(Waiver("A-ONE", "known"), cases=[failure("A-ONE"), blocked])

    assert run.exit_code(require_verified=True) == 5
