"""Traffic of others: what it exercised passes, everything else is not verified."""

from __future__ import annotations

import pytest

from conformance.model.evidence import Cause, Evidence, Outcome
from conformance.model.oracle_tally import OracleTally
from conformance.model.profile import Profile
from conformance.model.requirement import Proof
from conformance.model.run import Run, Verdict
from conformance.model.traffic import NOT_EXERCISED, Traffic
from conformance.problem import ExitCode

CATALOGUE = Profile.load("hayon").catalogue
EVERY = {row.id: 1 for row in CATALOGUE if row.proof is Proof.CASE}


def run(exercised: dict[str, int], *found: str, untestable: str = "") -> Run:
    hidden = {"HY-PUT-01": Cause(limit="not watched")}
    tally = OracleTally(findings=[Evidence(row, "", "it", "it is not") for row in found])
    traffic = Traffic("watch", "again", exercised=exercised, hidden=hidden)
    return Run("hayon", CATALOGUE, [], oracles=tally, traffic=traffic, untestable=untestable)


@pytest.mark.parametrize(
    ("made", "verdict", "code"),
    [
        (run({"HY-UPLOAD-01": 2}), Verdict.PARTIAL, ExitCode.OK),
        (run(EVERY), Verdict.CONFORMANT, ExitCode.OK),
        (run(EVERY, "HY-UPLOAD-01"), Verdict.NONCONFORMANT, ExitCode.FAILED),
        (run({}, "HY-UPLOAD-10"), Verdict.PARTIAL, ExitCode.OK),
        (run({}, untestable="no request was seen"), Verdict.UNTESTABLE, ExitCode.UNTESTABLE),
    ],
    ids=["a part", "all", "a broken MUST", "a broken SHOULD", "nothing"],
)
def test_the_verdict_comes_from_what_was_judged(made: Run, verdict: Verdict, code: int) -> None:
    assert (made.verdict, made.exit_code()) == (verdict, code)


def test_what_was_not_exercised_says_why() -> None:
    rows = {row.requirement.id: row for row in run({"HY-UPLOAD-01": 2}).requirements}

    assert rows["HY-UPLOAD-01"].outcome is Outcome.PASSED
    assert rows["HY-UPLOAD-02"].outcome is Outcome.NOT_VERIFIED
    assert rows["HY-UPLOAD-02"].reason == NOT_EXERCISED
    assert rows["HY-PUT-01"].reason == "not watched"
    assert rows["HY-WORKFLOW-01"].outcome is Outcome.INFORMATIVE


def test_coverage_counts_what_was_exercised_or_found_broken() -> None:
    traffic = Traffic("watch", "again", exercised={"HY-UPLOAD-01": 2, "HY-UPLOAD-02": 0})

    told = traffic.as_dict(CATALOGUE, ["HY-UPLOAD-03"])

    assert told["coverage"] == {"exercised": 2, "provable": len(EVERY)}
