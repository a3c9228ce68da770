"""The figures of a load in every form: the document, the page, the terminal, a file of its own."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from conformance.load.figures import figures
from conformance.load.gathering import Gathered
from conformance.model.evidence import Evidence
from conformance.model.oracle_tally import OracleTally
from conformance.model.profile import Profile
from conformance.model.run import Run
from conformance.model.traffic import Traffic
from conformance.reports import load, page
from conformance.reports.document import report_of
from conformance.reports.report import Report
from conformance.reports.terminal.console import Console
from conformance.reports.terminal.load import print_load
from tests.reports.conftest import HOSTILE, exchange

CATALOGUE = Profile.load("feedhive").catalogue
BROKEN = "FH-COMPLETE-09"


def loaded(*found: Evidence, **more: Any) -> Report:
    """Return the report of a load of two users, as a reader of its file gets it."""
    gathered = Gathered(rounds=3, callers={"main": None}, oracles=OracleTally(findings=[*found]))
    gathered.timing.began, gathered.timing.ended = 1_767_323_040.0, 1_767_323_050.0
    gathered.timing.answers["list_media"] = [0.0125, 1.5]
    gathered.operations.update(list_media=3, put_object=1)
    gathered.errors.update(list_media=1, put_object=1)
    for name, value in more.items():
        setattr(gathered, name, value)
    traffic = Traffic("load", "conformance load feedhive --users 2 --time 10", exchanges=4,
                      exercised={"FH-LIST-04": 3}, storage_seen=True)  # fmt: skip
    member = {"processes": 1, **figures(gathered, CATALOGUE, 2)}
    run = Run("feedhive", CATALOGUE, [], target={"base_url": "http://h"}, oracles=gathered.oracles,
              traffic=traffic, load=member)  # fmt: skip
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        path.write_text(json.dumps(report_of(run).data), encoding="utf-8")
        return Report.read(path)


def finding(actual: str = "two of u1 did") -> Evidence:
    shown = exchange(started="2026-01-02T03:04:05.678+00:00")
    return Evidence(BROKEN, "", "one complete to succeed", actual, shown, [], [], None, oracle="o")


def on_the_terminal(report: Report, width: int = 80) -> str:
    out = StringIO()
    print_load(Console(file=out, width=width), report)
    return out.getvalue()


def test_the_document_of_a_load_fits_the_schema_and_its_page_shows_the_figures() -> None:
    report = loaded(finding())

    shown = page.render(report)

    assert report["requests"] == 4
    assert report["verdict"] == "nonconformant"
    assert "two of u1 did" in load.first_broken(report)
    for words in ("Broken first", "3 rounds", "12.5", "1,500.0", "list_media"):
        assert words in shown, words


def test_the_file_of_the_figures_says_what_they_are_of() -> None:
    data = json.loads(load.text(loaded(finding())))

    assert (data["profile"], data["target"], data["verdict"]) == (
        "feedhive",
        "http://h",
        "nonconformant",
    )
    assert data["load"]["first_broken"]["requirement"] == BROKEN
    rows = {row["operation"]: row for row in data["load"]["operations"]}
    assert (rows["list_media"]["p50_ms"], rows["list_media"]["errors"]) == (12.5, 1)
    assert rows["put_object"]["max_ms"] is None


@pytest.mark.parametrize("width", [80, 200])
def test_the_terminal_shows_users_requests_each_operation_and_what_broke_first(width: int) -> None:
    shown = " ".join(on_the_terminal(loaded(finding()), width).split())

    assert "users 2 as one caller, for 10.0 s, 3 rounds" in shown
    assert "requests 4, 0.4 in a second, 2 without an answer or with a server error" in shown
    assert f"first {BROKEN} MUST after" in shown
    assert "list_media 3 0.3 1 12 1,500 1,500 1,500" in shown
    assert "put_object 1 0.1 1 - - - -" in shown


def test_a_load_that_found_nothing_says_so_and_what_else_the_reader_must_know() -> None:
    report = loaded(apart="a process died", busy=True)
    report["load"]["stopped"].append({"reason": "the token is refused (401)", "count": 2})

    shown = " ".join(on_the_terminal(report, 200).split())

    assert "no promise was seen broken" in shown
    assert load.remarks(report) == [
        "not judged together: a process died",
        "this machine was busy, so the times say more about it than about the server",
        "2 rounds could not go on: the token is refused (401)",
    ]


def test_the_text_of_a_server_controls_neither_page_nor_terminal() -> None:
    report = loaded(finding(HOSTILE))

    assert "<script>document" not in page.render(report)
    assert "\x1b[31m" not in on_the_terminal(report)
