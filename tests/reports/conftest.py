"""One run of every outcome, as its document and as the report that renderers see."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from conformance.model.evidence import CaseRecord, Evidence, Outcome
from conformance.model.profile import Profile, specs_folder
from conformance.model.run import Run
from conformance.reports.document import report_of
from conformance.reports.report import Report
from conformance.settings.rerun import Rerun

RERUN = Rerun("hayon", {"reference": True, "seed": 7})
REPLAY = RERUN.command()

#: A text of a server that tries to act in every format.
HOSTILE = (
    "</code></pre><script>document.title='owned'</script>"
    "<img src=x onerror=\"document.title='owned'\">"
    "`` ``` | [x](javascript:alert(1)) ::error::owned %0A::error::owned"
    " \u202egnp.exe\u2066 \x00\x1b[31m"
)


def exchange(**changes: Any) -> dict[str, Any]:
    """Return one recorded exchange, as `Exchange.record` writes it."""
    recorded: dict[str, Any] = {
        "operation": "create_media_upload",
        "caller": "main",
        "started": "2026-01-02T03:04:05.678+00:00",
        "request": {
            "method": "POST",
            "url": "http://h/u?a=1&b=&X-Amz-Signature=[redacted]",
            "headers": [["Content-Type", "application/json"], ["Authorization", "[redacted]"]],
            "body": {"text": '{"contentType":"image/png"}', "bytes": 27},
        },
        "response": {
            "status": 200,
            "headers": [["content-type", "application/json"], ["location", "http://h/there"]],
            "body": {"text": '{"data":{"uploadUrl":"http://s3/k"}}', "bytes": 36},
            "elapsed_s": 0.125,
            "truncated": False,
        },
        "error": None,
        "curl": 'curl --request POST --url http://h/u --header "Authorization: Bearer $T"',
        "script": None,
    }
    return {**recorded, **changes}


def proof(requirement: str, **changes: Any) -> Evidence:
    """Return evidence with the exchanges that lead to the one that shows it."""
    shown = exchange(**changes)
    return Evidence(
        requirement,
        "hayon/scenarios/test_upload.py::test_it[x]",
        "a refusal",
        "it was 200",
        shown,
        ["1. create"],
        [exchange(), shown],
    )


@pytest.fixture
def run() -> Run:
    walk = [
        exchange(started=f"2026-01-02T03:04:0{second}.000+00:00", operation=name)
        for second, name in enumerate(["create_media_upload", "put_object", "get_public_object"])
    ]
    cases = [
        CaseRecord("s::test_ok", "HY-UPLOAD-01", Outcome.PASSED, lifecycle=walk, requests=3),
        CaseRecord("s::test_it[x]", "HY-UPLOAD-21", Outcome.FAILED, "it was 200",
                   evidence=[proof("HY-UPLOAD-21")]),
        CaseRecord("s::test_soft", "HY-UPLOAD-10", Outcome.WARNED,
                   evidence=[proof("HY-UPLOAD-10")]),
        CaseRecord("s::test_wait", "HY-PUT-05", Outcome.NOT_VERIFIED, "needs wait"),
    ]  # fmt: skip
    target = {"base_url": "http://h", "capabilities": ["s3-access"]}
    return Run("hayon", Profile.load("hayon").catalogue, cases, target=target, started=1.5, seed=7)


@pytest.fixture
def report(run: Run) -> Report:
    return report_of(run, RERUN)


@pytest.fixture(scope="session")
def schema() -> dict[str, Any]:
    text = (specs_folder() / "report.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def row(report: Report, requirement: str) -> dict[str, Any]:
    """Return one requirement of a report."""
    return next(each for each in report.requirements if each["id"] == requirement)


def made_hostile(report: Report, text: str = HOSTILE) -> Report:
    """Return the report with the text in every place that a server or a file can reach."""
    data = copy.deepcopy(report.data)
    data["replay"] = data["reason"] = data["selection"] = text
    data["leftovers"] = [text]
    data["waivers"] = [{"requirement": text, "reason": text, "issue": text, "owner": text,
                        "expires": text, "match": text, "state": text}]  # fmt: skip
    data["settings"] = [{"name": text, "value": text, "origin": text}]
    recorded = [*data["lifecycle"]]
    for each in data["requirements"]:
        each["reason"] = each["statement"] = each["title"] = each["note"] = text
        each["waiver"] = data["waivers"][0]
        for case in each["cases"]:
            case["id"] = case["reason"] = case["fault"] = text
        for evidence in each["evidence"]:
            evidence.update(expected=text, actual=text, steps=[text], replay=text, case=text,
                            reproducers=[text, "javascript:alert(1)"])  # fmt: skip
            recorded += filter(None, [evidence["exchange"], *evidence["transcript"]])
    for one in recorded:
        one.update(operation=text, caller=text, curl=text, error=text)
        one["request"].update(method=text, url=text, headers=[[text, text]],
                              body={"text": text, "bytes": 5_000_000})  # fmt: skip
        one["response"].update(headers=[[text, text]], body={"text": text, "bytes": 5_000_000})
    return Report(data)
