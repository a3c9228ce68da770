"""`report.json`: it fits the published schema, and other shapes do not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from conformance.model.evidence import CaseRecord, Outcome
from conformance.reports.document import report_of, reproducer_names
from conformance.reports.formats import FORMATS
from conformance.reports.headline import remarks
from conformance.reports.repeatable import decides, is_resent
from tests.reports.conftest import RERUN, exchange, row

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.model.run import Run
    from conformance.reports.report import Report


def test_it_fits_its_published_schema(report: Report, schema: dict[str, Any]) -> None:
    read = json.loads(FORMATS["json"].text(report))

    jsonschema.Draft202012Validator(schema).validate(read)
    assert read == report.data


@pytest.mark.parametrize(
    "break_it",
    [
        lambda data: data.update(verdict="fine"),
        lambda data: data.update(requirements={}),
        lambda data: data.pop("started"),
        lambda data: data["requirements"][0].pop("note"),
        lambda data: data["lifecycle"][0].pop("response"),
        lambda data: data["lifecycle"][0]["request"].update(headers=[["one"]]),
    ],
    ids=["verdict", "rows", "started", "note", "response", "headers"],
)
def test_the_schema_refuses_another_shape(
    report: Report, schema: dict[str, Any], break_it: Callable[[dict[str, Any]], None]
) -> None:
    broken = json.loads(FORMATS["json"].text(report))
    break_it(broken)

    assert not jsonschema.Draft202012Validator(schema).is_valid(broken)


def test_it_says_how_the_run_was_made(report: Report) -> None:
    assert report["started"] == "1970-01-01T00:00:01.500+00:00"
    assert (report["effort"], report["seed"], report["selection"]) == ("standard", 7, "")
    assert row(report, "HY-PUT-05")["needs"] == ["wait"]
    assert row(report, "HY-PUBLIC-01")["note"]


def test_the_lifecycle_is_the_longest_walk_of_those_marked(run: Run) -> None:
    run.cases.append(CaseRecord("s::short", "HY-POST-01", Outcome.PASSED, lifecycle=[exchange()]))

    walk = report_of(run, RERUN)["lifecycle"]

    assert [step["operation"] for step in walk] == [
        "create_media_upload", "put_object", "get_public_object",
    ]  # fmt: skip


def test_a_run_that_ended_early_is_marked(run: Run) -> None:
    run.incomplete = "interrupted"

    report = report_of(run, RERUN)

    assert (report["complete"], report["reason"]) == (False, "interrupted")
    assert remarks(report) == ["Incomplete: interrupted."]


def test_a_fault_of_the_kit_makes_a_run_incomplete_and_says_so(run: Run) -> None:
    run.cases[0].fault = "Traceback"

    report = report_of(run, RERUN)

    assert not report["complete"]
    assert "the kit itself failed in 1 case" in report["reason"]


def test_a_lone_surrogate_never_makes_the_file_unreadable(report: Report) -> None:
    report.data["reason"] = "\ud800"

    assert json.loads(FORMATS["json"].text(report).encode())["reason"] == "\ufffd"


def resent(**changes: Any) -> bool:
    script = {"url": [{"variable": "CONFORMANCE_BASE_URL"}, "/u"], "headers": [], "body": None}
    shown = exchange(curl="curl --url http://h/u", script={**script, **changes.pop("script", {})})
    return is_resent({"exchange": {**shown, **changes}, "transcript": [shown]})


def test_a_curl_line_is_shown_only_where_it_works() -> None:
    made = [{"step": 0, "member": ["id"], "change": ""}]

    assert resent()
    assert not resent(curl="curl --header 'Authorization: Basic [redacted]'")
    assert not resent(curl="curl --data-binary @FILE")
    assert not resent(curl="# the URL is too long to be shown")
    assert not resent(script={"url": made})
    assert not resent(script={"headers": [["X", made]]})
    assert not is_resent({"exchange": exchange(), "transcript": []})


@pytest.mark.parametrize("origin", ["start", "reference"])
def test_nothing_is_sent_again_to_a_server_that_has_stopped(run: Run, origin: str) -> None:
    proof = next(case for case in run.cases if case.evidence).evidence[0]
    script = {"url": ["http://h/u"], "headers": [], "body": None, "overlaps": False, "pause_s": 0}
    proof.transcript = [{**exchange(), "script": script}]
    before = row(report_of(run, RERUN), "HY-UPLOAD-21")["evidence"][0]
    run.settings = [{"name": "base_url", "value": "http://h", "origin": origin}]

    assert before["resend"]
    assert not row(report_of(run, RERUN), "HY-UPLOAD-21")["evidence"][0]["resend"]


def test_a_script_is_written_only_where_it_decides() -> None:
    step = {"script": {"overlaps": False, "url": []}}
    proof = {"aside": False, "crowded": False, "check": {"statuses": []}, "transcript": [step]}
    together = {**proof, "transcript": [{"script": {"overlaps": True, "url": []}}]}
    undecided = [{**proof, "check": None}, {**proof, "crowded": True}, together]

    assert reproducer_names("A-B", [proof])[-1] == "reproducers/A-B.sh"
    assert reproducer_names("A-B", undecided) == ["reproducers/test_a_b.py"]


def test_what_failed_has_its_usual_causes(run: Run) -> None:
    report = report_of(run, RERUN)

    assert row(report, "HY-UPLOAD-21")["remedies"][0].keys() == {"cause", "fix"}
    assert "remedies" not in row(report, "HY-UPLOAD-01")


def test_a_script_that_needs_one_library_is_not_written() -> None:
    cursor = {"step": 0, "member": ["next_cursor"], "change": "", "quoted": True}
    base = {"variable": "CONFORMANCE_BASE_URL"}
    last: dict[str, Any] = {"script": {"overlaps": False, "url": [base, "/m"]}}
    paged = {"script": {"overlaps": False, "url": [base, "/m?limit=1&cursor=", cursor]}}
    told = {**last, "response": {"body": {"text": '{"data": {"kind": "image"}}'}}}
    proof: dict[str, Any] = {"crowded": False, "check": {"statuses": []}, "transcript": [last]}
    relative = {"member": ["data", "kind"], "schema": {"const": "image"}}

    assert decides(proof)
    assert not decides({**proof, "transcript": [paged, last]})
    assert decides({**proof, "check": relative})
    assert not decides({**proof, "check": relative, "transcript": [told, last]})
