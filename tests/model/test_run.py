"""Outcomes and the verdict: what counts as broken, and with which exit code a run ends."""

from __future__ import annotations

import pytest

from conformance.model.evidence import CaseRecord, Cause, Evidence, Outcome
from conformance.model.requirement import GATE, Catalogue, Level, Proof, Requirement, Source
from conformance.model.run import Run, Verdict
from conformance.model.waiver import Waiver

SOURCE = Source("A page", "Its first part")


CATALOGUE = Catalogue(
    "A page",
    "1.0.0",
    [
        Requirement("A-MUST", Level.MUST, "t", "s", "create", SOURCE),
        Requirement("A-OTHER", Level.MUST, "t", "s", "create", SOURCE),
        Requirement("A-SHOULD", Level.SHOULD, "t", "s", "create", SOURCE),
        Requirement("A-INFO", Level.MUST, "t", "s", "x", SOURCE, (), Proof.INFORMATIVE, "no proof"),
    ],
    anchors=["A-MUST"],
)


def case(requirement: str, outcome: Outcome = Outcome.PASSED, reason: str = "") -> CaseRecord:
    return CaseRecord(f"test_{requirement}", requirement, outcome, reason)


def broken(requirement: str, of: str | None = None, actual: str = "it is not") -> CaseRecord:
    proof = Evidence(of or requirement, f"test_{requirement}", "it to be", actual)
    return CaseRecord(
        f"test_{requirement}",
        requirement,
        Outcome.FAILED if not of else Outcome.PASSED,
        evidence=[proof],
    )


def run(
    *cases: CaseRecord,
    strict: bool = False,
    incomplete: str = "",
    untestable: str = "",
    selection: str = "",
) -> Run:
    """Judge the cases; a row without one has a case that passes, unless the run was cut short."""
    given = {record.requirement for record in cases}
    passing = [case(row.id) for row in CATALOGUE if row.id not in given]
    whole = not (incomplete or untestable or selection)
    return Run(
        "feedhive",
        CATALOGUE,
        [*cases, *passing] if whole else list(cases),
        strict=strict,
        incomplete=incomplete,
        untestable=untestable,
        selection=selection,
    )


def outcomes(found: Run) -> dict[str, Outcome]:
    return {result.requirement.id: result.outcome for result in found.requirements}


def test_a_run_of_passed_cases_is_conformant() -> None:
    found = run()

    assert (found.verdict, found.exit_code(require_verified=True)) == (Verdict.CONFORMANT, 0)
    assert found.counts["passed"] == 3
    assert outcomes(found)["A-INFO"] is Outcome.INFORMATIVE


def gated(*cases: CaseRecord) -> Outcome:
    row = Requirement(
        "A-GATE", Level.MUST, "t", "s", "x", SOURCE, (GATE,), Proof.GATE, "only behind the gate"
    )
    found = Run("feedhive", Catalogue("A page", "1.0.0", [row]), list(cases))
    return found.requirements[0].outcome


def test_a_row_of_the_storage_gate_is_informative_without_it() -> None:
    lacking = case("A-GATE", Outcome.NOT_VERIFIED)
    lacking.cause = Cause(None, GATE, None)
    other = case("A-GATE", Outcome.NOT_VERIFIED)
    other.cause = Cause(None, None, "a limit")

    assert gated() is Outcome.INFORMATIVE
    assert gated(lacking) is Outcome.INFORMATIVE
    assert gated(other) is Outcome.NOT_VERIFIED
    assert gated(case("A-GATE")) is Outcome.PASSED
    assert gated(broken("A-GATE")) is Outcome.FAILED


def test_one_broken_must_makes_the_target_nonconformant() -> None:
    found = run(broken("A-OTHER"))

    assert (found.verdict, found.exit_code()) == (Verdict.NONCONFORMANT, 1)
    assert [(row.requirement.id, row.reason) for row in found.failed] == [("A-OTHER", "it is not")]


@pytest.mark.parametrize(
    ("strict", "outcome", "code"), [(False, Outcome.WARNED, 0), (True, Outcome.FAILED, 1)]
)
def test_a_broken_should_fails_only_a_strict_run(
    *, strict: bool, outcome: Outcome, code: int
) -> None:
    found = run(broken("A-SHOULD"), strict=strict)

    assert outcomes(found)["A-SHOULD"] is outcome
    assert found.exit_code() == code
    assert len(found.warned) == (not strict)


def test_evidence_that_another_case_found_breaks_the_requirement_too() -> None:
    found = run(broken("A-MUST", of="A-OTHER"))

    assert outcomes(found)["A-OTHER"] is Outcome.FAILED
    assert outcomes(found)["A-MUST"] is Outcome.PASSED
    assert found.exit_code() == 1


def test_one_mismatch_seen_twice_is_one_piece_of_evidence() -> None:
    again = [broken("A-MUST", of="A-OTHER"), broken("A-OTHER"), broken("A-OTHER", actual="it lies")]

    result = run(*again).failed[0]

    assert [proof.actual for proof in result.evidence] == ["it is not", "it lies"]


def test_a_passed_case_does_not_outweigh_one_that_was_blocked() -> None:
    blocked = case("A-OTHER", Outcome.NOT_VERIFIED, "needs wait")

    found = run(case("A-OTHER"), blocked)

    assert [(row.requirement.id, row.reason) for row in found.unverified] == [
        ("A-OTHER", "needs wait")
    ]
    assert found.verdict is Verdict.PARTIAL
    assert (found.exit_code(), found.exit_code(require_verified=True)) == (0, 5)


def test_an_unverified_should_leaves_the_target_conformant() -> None:
    found = run(case("A-SHOULD", Outcome.NOT_VERIFIED, "needs wait"))

    assert found.counts["not-verified"] == 1
    assert (found.verdict, found.exit_code(require_verified=True)) == (Verdict.CONFORMANT, 0)


@pytest.mark.parametrize("outcome", [Outcome.NOT_VERIFIED, Outcome.NOT_APPLICABLE])
def test_an_anchor_that_never_held_makes_the_target_untestable(outcome: Outcome) -> None:
    found = run(case("A-MUST", outcome))

    assert (found.verdict, found.exit_code()) == (Verdict.UNTESTABLE, 3)


def test_an_anchor_that_held_once_makes_the_target_testable() -> None:
    found = run(case("A-MUST"), case("A-MUST", Outcome.NOT_VERIFIED, "a limit of the server"))

    assert (found.verdict, found.exit_code()) == (Verdict.PARTIAL, 0)


def test_a_failure_speaks_louder_than_a_missing_anchor() -> None:
    found = run(case("A-MUST", Outcome.NOT_VERIFIED), broken("A-OTHER"))

    assert (found.verdict, found.exit_code()) == (Verdict.NONCONFORMANT, 1)


def test_an_anchor_left_out_by_selection_says_nothing_but_one_that_ran_does() -> None:
    left_out = run(case("A-OTHER"), selection="other")
    blocked = run(case("A-MUST", Outcome.NOT_VERIFIED), case("A-OTHER"), selection="must or other")

    assert left_out.verdict is Verdict.PARTIAL
    assert left_out.unverified[0].reason == "not selected by -k 'other'"
    assert blocked.verdict is Verdict.UNTESTABLE


def test_what_was_not_run_names_the_reason() -> None:
    unreachable = run(untestable="the target refuses the token")
    interrupted = run(case("A-MUST"), incomplete="interrupted by the user")
    forgotten = Run("feedhive", CATALOGUE, [case("A-OTHER")])

    assert unreachable.unverified[0].reason == "the target refuses the token"
    assert (unreachable.verdict, unreachable.exit_code()) == (Verdict.UNTESTABLE, 3)
    assert {row.reason for row in interrupted.unverified} == {"interrupted by the user"}
    assert {row.reason for row in forgotten.unverified} == {"no case was run for it"}
    assert forgotten.verdict is Verdict.UNTESTABLE


def test_a_fault_of_the_kit_outweighs_every_verdict_but_a_broken_must() -> None:
    faulty = case("A-OTHER", Outcome.NOT_VERIFIED)
    faulty.fault = "Traceback"

    assert run(faulty).exit_code() == 4
    assert run(faulty, broken("A-SHOULD"), strict=True).exit_code() == 4
    found = run(faulty, broken("A-MUST"))
    assert (found.verdict, found.exit_code()) == (Verdict.NONCONFORMANT, 1)
    assert found.exit_code(known={"A-MUST"}) == 4


def test_a_fault_of_the_kit_counts_where_the_failures_are_waived() -> None:
    faulty = case("A-OTHER", Outcome.NOT_VERIFIED)
    faulty.fault = "Traceback"
    found = run(faulty, broken("A-MUST"))

    found.failed[0].waiver = Waiver("A-MUST", "known since spring")

    assert found.exit_code() == 4


def test_only_a_run_whose_failures_are_all_waived_ends_well() -> None:
    found = run(broken("A-MUST"), broken("A-OTHER"))

    found.failed[0].waiver = Waiver("A-MUST", "known since spring")
    half = found.exit_code()
    found.failed[1].waiver = Waiver("A-OTHER", "known since summer")

    assert (half, found.exit_code()) == (1, 0)
    assert found.verdict is Verdict.NONCONFORMANT


def test_of_equal_proofs_that_of_the_requirements_own_case_is_kept() -> None:
    found = run(broken("A-OTHER", of="A-MUST"), broken("A-MUST"))

    [result] = found.failed
    assert [proof.case for proof in result.evidence] == ["test_A-MUST"]


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [(Outcome.PASSED, Verdict.PARTIAL), (Outcome.NOT_VERIFIED, Verdict.UNTESTABLE)],
)
def test_a_run_that_only_reads_is_never_conformant(outcome: Outcome, verdict: Verdict) -> None:
    blocked = [case(row, Outcome.NOT_VERIFIED, "--read-only") for row in ("A-MUST", "A-SHOULD")]
    found = Run(
        *("feedhive", CATALOGUE, [*blocked, case("A-OTHER", outcome)]), target={"read_only": True}
    )

    assert found.verdict is verdict


def test_a_worker_that_died_is_a_fault_of_the_kit_unless_a_must_failed() -> None:
    died = {"incomplete": "a worker died", "dead_worker": "a worker died"}

    assert Run("feedhive", CATALOGUE, [case("A-MUST")], **died).exit_code() == 4  # type: ignore[arg-type]
    assert Run("feedhive", CATALOGUE, [broken("A-MUST")], **died).exit_code() == 1  # type: ignore[arg-type]
