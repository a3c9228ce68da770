"""Results for Allure: a file for each requirement, in the format of Allure 2."""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import md5
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from conformance.model.redaction import visible
from conformance.reports import failure
from conformance.reports.decision import excuse, mark

if TYPE_CHECKING:
    from conformance.reports.report import Report, Row

#: The names of all results of this kit are made from this one.
_SPACE = UUID("6f1a0c52-6a2d-5f0e-9c6b-0d5f4c9b7a11")
_STATUS = {
    "passed": "passed",
    "failed": "failed",
    "warned": "passed",
    "not-verified": "skipped",
    "not-applicable": "skipped",
    "informative": "skipped",
}


def render(report: Report) -> str:
    """Return one JSON object: the content of each file by its name."""
    files: dict[str, Any] = {}
    for row in report.requirements:
        result = _result(report, row)
        files[f"{result['uuid']}-result.json"] = result
    return json.dumps(files, indent=2, ensure_ascii=False) + "\n"


def files(text: str) -> dict[str, str]:
    """Return the text of each file from what `render` returned."""
    return {
        name: json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        for name, content in json.loads(text).items()
    }


def _result(report: Report, row: Row) -> dict[str, Any]:
    name = f"{report['profile']}/{row['id']}"
    began = _milliseconds(report["started"])
    took = round(1000 * sum(case["duration_s"] for case in row["cases"]))
    labels = {
        "framework": "media-conformance",
        "parentSuite": f"conformance {report['profile']}",
        "suite": row["operation"],
        "severity": "critical" if row["level"] == "MUST" else "minor",
        "tag": row["level"],
    }
    return {
        "uuid": str(uuid5(_SPACE, f"{name} {report['started']}")),
        "historyId": md5(name.encode(), usedforsecurity=False).hexdigest(),
        "fullName": name,
        "name": visible(f"{row['id']} {row['title']}"),
        "description": visible(row["statement"]),
        "status": _status(row),
        "statusDetails": _details(report, row),
        "stage": "finished",
        "start": began,
        "stop": began + took,
        "labels": [{"name": label, "value": value} for label, value in labels.items()],
    }


def _status(row: Row) -> str:
    """Return the status: `broken` where the kit failed, `skipped` where a failure is excused."""
    if row["outcome"] == "failed":
        return "skipped" if mark(row) else "failed"
    return "broken" if any(case["fault"] for case in row["cases"]) else _STATUS[row["outcome"]]


def _details(report: Report, row: Row) -> dict[str, Any]:
    loud = report.get("warnings", [])
    message = ", ".join(filter(None, (row["outcome"], excuse(row))))
    lines = [": ".join(filter(None, (message, row["reason"]))), *loud]
    trace = "\n\n".join(failure.plain(row, proof) for proof in row["evidence"])
    return {
        "message": "\n".join(map(visible, lines)),
        "trace": trace,
        "known": bool(row["waiver"] or row.get("known")),
        "muted": bool(mark(row)),
    }


def _milliseconds(moment: str) -> int:
    try:
        return round(1000 * datetime.fromisoformat(moment).timestamp())
    except (ValueError, OverflowError):
        return 0
