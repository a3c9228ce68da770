"""`results.sarif`: the failures for code scanning, as SARIF 2.1.0 (OASIS) describes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.model.redaction import visible
from conformance.reports import failure
from conformance.reports.decision import excuse, mark, sentence

if TYPE_CHECKING:
    from conformance.reports.report import Report, Row

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {"failed": "error", "warned": "warning"}


def render(report: Report) -> str:
    """Return the log: one run, a rule for each requirement, a result for each broken one."""
    rules = [_rule(row) for row in report.requirements]
    places = {rule["id"]: number for number, rule in enumerate(rules)}
    rows = [row for row in report.requirements if row["outcome"] in _LEVELS]
    run = {
        "tool": {"driver": {
            "name": "media-conformance",
            "semanticVersion": report["kit_version"],
            "rules": rules,
        }},
        "automationDetails": {"id": f"conformance/{report['profile']}/"},
        "invocations": [_invocation(report)],
        "results": [_result(row, places[row["id"]]) for row in rows],
        "properties": {
            "profile": report["profile"],
            "verdict": report["verdict"],
            "decision": sentence(report),
            "catalogueVersion": report["catalogue_version"],
            "build": report.get("build", ""),
        },
    }  # fmt: skip
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(row: Row) -> dict[str, Any]:
    source = "{section} ({document})".format(**row["source"])
    return {
        "id": row["id"],
        "shortDescription": {"text": visible(row["title"])},
        "fullDescription": {"text": visible(row["statement"])},
        "help": {"text": visible(f"Source: {source}. More: conformance explain {row['id']}")},
        "defaultConfiguration": {"level": "error" if row["level"] == "MUST" else "warning"},
        "properties": {"tags": [row["level"], row["operation"]]},
    }


def _result(row: Row, place: int) -> dict[str, Any]:
    """Return a result; it has no source file, so it points at the report and its operation."""
    proof = row["evidence"][0] if row["evidence"] else None
    text = failure.plain(row, proof) if proof else visible(row["reason"])
    result: dict[str, Any] = {
        "ruleId": row["id"],
        "ruleIndex": place,
        "level": _LEVELS[row["outcome"]],
        "message": {"text": text},
        "locations": [{
            "physicalLocation": {
                "artifactLocation": {"uri": "report.json"},
                "region": {"startLine": 1},
            },
            "logicalLocations": [{"fullyQualifiedName": row["operation"], "kind": "function"}],
        }],
        "partialFingerprints": {"requirement/v1": row["id"]},
    }  # fmt: skip
    if mark(row):
        excused = visible(excuse(row))
        result["suppressions"] = [{"kind": "external", "justification": excused}]
    return result


def _invocation(report: Report) -> dict[str, Any]:
    """Return how the run went; what a reader must know is a notification."""
    notes = [("warning", line) for line in report.get("warnings", [])]
    if report["reason"]:
        notes.append(("note" if report["complete"] else "error", report["reason"]))
    decided = report.get("decision")
    return {
        "executionSuccessful": bool(report["complete"]) and report["verdict"] != "untestable",
        "startTimeUtc": visible(report["started"].replace("+00:00", "Z")),
        **({"exitCode": decided["exit_code"]} if decided else {}),
        "toolExecutionNotifications": [
            {"level": level, "message": {"text": visible(text)}} for level, text in notes
        ],
    }
