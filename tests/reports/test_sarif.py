"""`results.sarif`: its structure is the one that SARIF 2.1.0 and code scanning want."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from conformance.model.decision import Decision
from conformance.model.waiver import Waiver
from conformance.reports import sarif
from conformance.reports.document import report_of
from tests.reports.conftest import RERUN, made_hostile

if TYPE_CHECKING:
    from conformance.model.run import Run
    from conformance.reports.report import Report

MESSAGE = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "minLength": 1}},
}
RULE = {
    "type": "object",
    "required": ["id", "shortDescription", "fullDescription", "help"],
    "properties": {"id": {"type": "string"}, "shortDescription": MESSAGE, "help": MESSAGE},
}
LOCATION = {
    "required": ["physicalLocation", "logicalLocations"],
    "properties": {
        "physicalLocation": {
            "required": ["artifactLocation", "region"],
            "properties": {
                "artifactLocation": {"required": ["uri"]},
                "region": {"properties": {"startLine": {"type": "integer", "minimum": 1}}},
            },
        }
    },
}
RESULT = {
    "type": "object",
    "required": ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"],
    "properties": {
        "level": {"enum": ["none", "note", "warning", "error"]},
        "message": MESSAGE,
        "locations": {"type": "array", "minItems": 1, "items": LOCATION},
        "partialFingerprints": {"additionalProperties": {"type": "string"}},
        "suppressions": {
            "items": {
                "required": ["kind"],
                "properties": {"kind": {"enum": ["inSource", "external"]}},
            }
        },
    },
}
#: What we use of the schema of SARIF 2.1.0.
LOG = {
    "type": "object",
    "required": ["version", "$schema", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "items": {
                "required": ["tool", "results", "invocations"],
                "properties": {
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name"],
                                "properties": {"rules": {"items": RULE}},
                            }
                        },
                    },
                    "results": {"items": RESULT},
                    "invocations": {"items": {"required": ["executionSuccessful"]}},
                },
            }
        },
    },
}


def rendered(report: Report) -> dict[str, Any]:
    log = json.loads(sarif.render(report))
    Draft202012Validator(LOG).validate(log)
    (run,) = log["runs"]
    return dict(run)


def test_each_broken_requirement_is_a_result_with_its_rule(report: Report) -> None:
    run = rendered(report)

    levels = {result["ruleId"]: result["level"] for result in run["results"]}
    assert levels == {"HY-UPLOAD-10": "warning", "HY-UPLOAD-21": "error"}
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert "it was 200" in result["message"]["text"]
        assert "suppressions" not in result


def test_a_waived_failure_is_suppressed_with_its_reason(run: Run) -> None:
    run.failed[0].waiver = Waiver("HY-UPLOAD-21", "fixed in 2.4")
    made = rendered(report_of(run, RERUN, Decision.of(run)))

    (result,) = (one for one in made["results"] if one["ruleId"] == "HY-UPLOAD-21")
    assert result["suppressions"] == [{"kind": "external", "justification": "waived: fixed in 2.4"}]
    assert made["invocations"][0]["exitCode"] == 0


@pytest.mark.parametrize("change", [{"verdict": "untestable"}, {"complete": False}])
def test_a_run_that_did_not_end_well_is_not_a_success(
    report: Report, change: dict[str, Any]
) -> None:
    report.data.update(change)

    assert rendered(report)["invocations"][0]["executionSuccessful"] is False


def test_hostile_text_keeps_the_structure(report: Report) -> None:
    assert rendered(made_hostile(report))["results"]
