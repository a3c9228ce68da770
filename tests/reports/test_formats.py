"""Each report tells the same run: the schema holds, failures are real, secrets stay out."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from rich.console import Console

from conformance.profile import Profile, specs_folder
from conformance.reports import document, junit, terminal
from conformance.verdict import CaseRecord, Evidence, Outcome, Run

if TYPE_CHECKING:
    from pathlib import Path

REPLAY = "conformance run hayon --reference --seed 0"
EXCHANGE = {
    "operation": "create_media_upload",
    "caller": "main",
    "request": {
        "method": "POST",
        "url": "http://h/u",
        "headers": [],
        "body": {"text": "", "bytes": 0},
    },
    "response": {
        "status": 200,
        "headers": [],
        "body": {"text": "<script>\x00\x1b[31m", "bytes": 9},
        "elapsed_s": 0.1,
        "truncated": False,
    },
    "error": None,
    "curl": "curl --request POST --url http://h/u",
}


def evidence(requirement: str) -> Evidence:
    return Evidence(
        requirement, "s::test_it[x]", "a refusal", "it was 200", EXCHANGE, ["1. create"]
    )


@pytest.fixture
def run() -> Run:
    cases = [
        CaseRecord("s::test_ok", "HY-UPLOAD-01", Outcome.PASSED),
        CaseRecord("s::test_it[x]", "HY-UPLOAD-21", Outcome.FAILED, "it was 200",
                   evidence=[evidence("HY-UPLOAD-21")]),
        CaseRecord("s::test_soft", "HY-UPLOAD-10", Outcome.WARNED,
                   evidence=[evidence("HY-UPLOAD-10")]),
        CaseRecord("s::test_wait", "HY-PUT-05", Outcome.NOT_VERIFIED, "needs wait"),
    ]  # fmt: skip
    return Run("hayon", Profile.load("hayon").catalogue, cases, target={"base_url": "http://h"})


def printed(run: Run, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    terminal.print_run(console, run, REPLAY)
    output = console.file
    assert isinstance(output, io.StringIO)
    return output.getvalue()


def test_the_document_fits_its_published_schema(run: Run, tmp_path: Path) -> None:
    schema = json.loads((specs_folder() / "report.schema.json").read_text())
    document.write(run, tmp_path / "report.json", REPLAY)

    report = json.loads((tmp_path / "report.json").read_text())

    jsonschema.Draft202012Validator(schema).validate(report)
    assert report["verdict"] == "nonconformant"
    assert list(tmp_path.iterdir()) == [tmp_path / "report.json"]


def test_the_schema_refuses_another_shape(run: Run) -> None:
    schema = json.loads((specs_folder() / "report.schema.json").read_text())
    report = document.document(run, REPLAY)

    for broken in ({**report, "verdict": "fine"}, {**report, "requirements": {}}):
        assert not jsonschema.Draft202012Validator(schema).is_valid(broken)


def test_junit_has_real_failures_and_skips(run: Run, tmp_path: Path) -> None:
    junit.write(run, tmp_path / "junit.xml", REPLAY)

    root = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314 - our own

    failed = [
        case.get("name") for case in root.iter("testcase") if case.find("failure") is not None
    ]
    assert [str(name).split()[0] for name in failed] == ["HY-UPLOAD-21"]
    skipped = root.findall(".//skipped")
    assert any("needs wait" in str(element.get("message")) for element in skipped)
    assert sum(int(str(suite.get("failures"))) for suite in root) == 1


def test_a_failure_is_told_in_the_promised_order(run: Run) -> None:
    text = printed(run)

    story = text[text.index("HY-UPLOAD-21 MUST failed") :]
    order = ["obligation", "expected", "actual", "1. create", "request", "response", "source",
             "send again", "run again"]  # fmt: skip
    places = [story.index(word) for word in order]
    assert places == sorted(places)
    assert f"{REPLAY} -k test_it" in story


def test_control_characters_of_a_server_never_reach_the_terminal(run: Run) -> None:
    assert not {"\x00", "\x1b"} & set(printed(run))


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_table_fits_the_terminal(run: Run, width: int) -> None:
    table = printed(run, width).partition("HY-UPLOAD-21 MUST failed")[0]

    assert all(len(line) <= width for line in table.splitlines())


def test_unverified_requirements_stand_with_their_reason(run: Run) -> None:
    assert "HY-PUT-05: needs wait" in printed(run)
    assert "nonconformant" in printed(run)


def test_of_many_proofs_only_the_first_keep_their_transcript() -> None:
    cases = [
        CaseRecord(f"s::test_{number}", "HY-PUT-01", Outcome.PASSED, evidence=[
            Evidence("HY-UPLOAD-21", f"s::test_{number}", "a refusal", f"it was {number}",
                     transcript=[{"script": None}]),
        ])
        for number in range(30)
    ]  # fmt: skip
    run = Run("hayon", Profile.load("hayon").catalogue, cases)

    rows = document.document(run, REPLAY)["requirements"]

    evidence = next(row["evidence"] for row in rows if row["id"] == "HY-UPLOAD-21")
    assert len(evidence) == 30
    assert sum(bool(proof["transcript"]) for proof in evidence) == 10
