"""What the terminal shows of a run, and what it never lets through."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from conformance.profile import Profile
from conformance.reports import terminal
from conformance.verdict import CaseRecord, Evidence, Outcome, Run

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
