"""The record of a case: what of it travels as JSON."""

from __future__ import annotations

import json

from conformance.model.evidence import CaseRecord, Evidence, Outcome


def broken(requirement: str, of: str | None = None, actual: str = "it is not") -> CaseRecord:
    proof = Evidence(of or requirement, f"test_{requirement}", "it to be", actual)
    return CaseRecord(
        f"test_{requirement}",
        requirement,
        Outcome.FAILED if not of else Outcome.PASSED,
        evidence=[proof],
    )


def test_a_record_survives_its_journey_as_json() -> None:
    record = broken("A-OTHER")
    record.evidence[0].steps.append("create")
    record.fault, record.requests, record.retries = "oops", 3, 1

    travelled = CaseRecord.from_dict(json.loads(json.dumps(record.as_dict())))

    assert travelled == record
    assert travelled.outcome is Outcome.FAILED
