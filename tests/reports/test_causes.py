"""Failures of one cause are grouped, and others never do."""

from __future__ import annotations

from typing import Any

from conformance.model.evidence import CaseRecord, Evidence, Outcome
from conformance.model.profile import Profile
from conformance.model.run import Run
from conformance.reports.causes import causes
from conformance.reports.document import report_of
from tests.reports.conftest import exchange


def grouped(*proofs: Evidence) -> dict[str, list[str]]:
    """Return the first requirement of each cause, with the ids of the others."""
    cases = [
        CaseRecord(proof.case, proof.requirement, Outcome.FAILED, evidence=[proof])
        for proof in proofs
    ]
    report = report_of(Run("hayon", Profile.load("hayon").catalogue, cases))
    return {cause.row["id"]: cause.ids for cause in causes(report)}


def seen(requirement: str, expected: str, actual: str, **shown: Any) -> Evidence:
    made = exchange(**shown) if shown else None
    return Evidence(requirement, f"s::test_{requirement}", expected, actual, made)


def test_a_member_that_is_wrong_everywhere_is_one_cause() -> None:
    missing = "it has only `id`"
    assert grouped(
        seen("HY-UPLOAD-08", "`success` to be true", 'it is "true"'),
        seen("HY-UPLOAD-SCHEMA", "success to be of type boolean", 'it is "true"'),
        seen("HY-UPLOAD-10", "data.items[3] to have `url`", missing),
        seen("HY-POST-01", "data to have `url`", missing),
        seen("HY-POST-02", "data to have `key`", missing),
    ) == {"HY-UPLOAD-08": ["HY-UPLOAD-SCHEMA"], "HY-UPLOAD-10": ["HY-POST-01"], "HY-POST-02": []}


def test_other_values_of_a_member_are_other_causes() -> None:
    assert grouped(
        seen("HY-UPLOAD-02", '`data.type` to be "image"', 'it is "gif"'),
        seen("HY-UPLOAD-03", '`data.type` to be "video"', 'it is "image"'),
    ) == {"HY-UPLOAD-02": [], "HY-UPLOAD-03": []}


def test_a_key_that_every_operation_accepts_is_one_cause() -> None:
    basic = {"credential": "Authorization: Basic <the key>"}
    none = {"credential": "no Authorization header"}
    refused = {**exchange()["response"], "status": 403}
    assert grouped(
        seen("HY-AUTH-01", "a refusal", "it was 200 a", **basic),
        seen("HY-AUTH-02", "a refusal", "it was 200 b", **none),
        seen("HY-AUTH-03", "a refusal", "it was 200 c", **basic),
        seen("HY-POST-03", "the status to be 401", "it was 403", **basic, response=refused),
    ) == {"HY-AUTH-01": ["HY-AUTH-03"], "HY-AUTH-02": [], "HY-POST-03": []}


def test_one_verdict_over_two_operations_is_not_one_cause() -> None:
    assert grouped(
        seen("HY-UPLOAD-21", "a refusal (4xx)", "it was 200 {}", operation="a"),
        seen("HY-UPLOAD-23", "a refusal (4xx)", "it was 200 {}", operation="b"),
    ) == {"HY-UPLOAD-21": [], "HY-UPLOAD-23": []}


def test_another_promise_that_a_keyless_answer_breaks_is_another_cause() -> None:
    basic = {"credential": "Authorization: Basic <the key>"}
    assert grouped(
        seen("HY-UPLOAD-09", "`message` to be x", 'it is "y"', **basic),
        seen("HY-AUTH-01", "a refusal", "it was 200 a", **basic),
    ) == {"HY-AUTH-01": [], "HY-UPLOAD-09": []}


def test_a_failure_that_shows_more_than_the_first_one_stands_alone() -> None:
    wrong = ("`success` to be true", 'it is "true"')
    assert grouped(
        seen("HY-UPLOAD-08", *wrong),
        seen("HY-UPLOAD-SCHEMA", *wrong),
        seen("HY-UPLOAD-SCHEMA", "data to have `url`", "it has only `id`"),
    ) == {"HY-UPLOAD-08": [], "HY-UPLOAD-SCHEMA": []}
