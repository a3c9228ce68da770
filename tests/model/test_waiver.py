"""Waivers: what is refused in the file, and what each comes to in a run."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from conformance.model.evidence import CaseRecord, Evidence, Outcome
from conformance.model.requirement import Catalogue, Level, Requirement, Source
from conformance.model.run import Run, Verdict
from conformance.model.waiver import Waiver, WaiverState
from conformance.problem import UsageProblem
from conformance.runner.waivers import apply
from conformance.settings.waivers import read_waivers

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


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ({"reason": "r"}, "^waiver 1 of the settings file has no requirement"),
        ({"requirement": "A-ONE"}, r"^waiver 1 .* \(A-ONE\) has no reason: every waiver"),
        ({"requirement": "A-ONE", "reason": "  "}, "has no reason"),
        ({"requirement": "A", "reason": "r", "expire": "x"}, r"'expire' .* did you mean expires\?"),
        ({"requirement": "A", "reason": "r", "zzz": "x"}, "'zzz' .*; the keys are requirement, "),
        ({"requirement": "A", "reason": 7}, "^reason of waiver 1 .* must be a string$"),
        ({"requirement": "A", "reason": "r", "expires": "soon"}, "write a day like 2026-12-31"),
        ({"requirement": "A", "reason": "r", "expires": 2026}, "write a day like 2026-12-31"),
    ],
)
def test_a_waiver_that_does_not_fit_is_refused(table: dict[str, Any], fault: str) -> None:
    with pytest.raises(UsageProblem, match=fault):
        read_waivers([table])


@pytest.mark.parametrize("tables", [{}, ["A-ONE"], "A-ONE"])
def test_waivers_that_are_no_tables_are_refused(tables: object) -> None:
    with pytest.raises(UsageProblem, match=r"must hold tables: \[\[waivers\]\]"):
        read_waivers(tables)


@pytest.mark.parametrize(
    "expires",
    [date(2026, 6, 30), "2026-06-30", datetime(2026, 6, 30, 23, 59, tzinfo=UTC)],
    ids=["a TOML day", "a text", "a TOML moment"],
)
def test_a_waiver_is_in_force_until_the_end_of_its_last_day(expires: object) -> None:
    (waiver,) = read_waivers([{"requirement": "A", "reason": "r", "expires": expires}])

    assert not waiver.expired(TODAY)
    assert waiver.expired(date(2026, 7, 1))
    assert waiver.as_dict()["expires"] == "2026-06-30"
