"""The counts of the oracles of several processes are added up."""

from __future__ import annotations

from dataclasses import asdict

from conformance.model.evidence import CaseRecord, Evidence, Outcome
from conformance.model.oracle_tally import OracleTally
from conformance.model.profile import Profile
from conformance.model.run import Run

ROW = {"name": "use-after-free", "requirements": ["FH-DELETE-02"], "judged": 2, "found": 1}
PROOF = Evidence("FH-DELETE-02", "", "gone", "it is there", oracle="use-after-free")


def test_the_processes_are_added_up() -> None:
    tally = OracleTally()
    tally.add({"counts": [ROW], "findings": [asdict(PROOF)]})
    tally.add({"counts": [ROW]})
    tally.add({})

    assert tally.rows == [{**ROW, "judged": 4, "found": 2}]
    assert tally.findings == [PROOF]


def test_a_finding_after_the_last_case_fails_its_requirement() -> None:
    case = CaseRecord("s::test_it", "FH-DELETE-02", Outcome.PASSED)
    tally = OracleTally(findings=[PROOF])

    run = Run("feedhive", Profile.load("feedhive").catalogue, [case], oracles=tally)

    assert [result.requirement.id for result in run.failed] == ["FH-DELETE-02"]
    assert run.failed[0].evidence == [PROOF]
