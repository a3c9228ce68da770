"""Where the time went, in words."""

from __future__ import annotations

from io import StringIO
from typing import Any

from rich.console import Console

from conformance.model.timing import Timing
from conformance.reports import timing
from conformance.reports.report import Report
from conformance.reports.terminal.timing import print_timing


def measured() -> Report:
    subject = Timing(began=102, ended=112, cleaned=114, cpu_s=4.0, judging_s=1.5, cases_at_once=7)
    for seconds in (0.1, 0.3):
        subject.answered("list_media", seconds, by_storage=False)
    for _ in range(118):
        subject.answered("put_object", 0.1, by_storage=True)
    slowest = [{"case": "a/test_list.py::test_it[7]", "duration_s": 3.25, "requests": 34}]
    member = {**subject.summary(100, 15), "slowest": slowest}
    return Report({"requests": 120, "timing": member})


def test_the_words_hold_the_figures() -> None:
    report = measured()

    assert timing.phases(report) == "start-up 2.0 s, cases 10.0 s, clean-up 2.0 s, end 1.0 s"
    assert timing.waiting(report) == (
        "0.4 s for the target, 11.8 s for the storage; 1.0 requests under way on average,"
        " 7 cases at once at most"
    )
    assert timing.processor(report) == "4.0 s (33.3 ms a request), of which 1.5 s judged"
    assert [row["operation"] for row in timing.operations(report)] == ["put_object", "list_media"]
    assert timing.slowest(report, 5) == ["3.2 s, 34 requests: test_list.py::test_it[7]"]


def printed(report: Any) -> str:
    out = StringIO()
    print_timing(Console(file=out, width=100), report)
    return out.getvalue()


def test_the_terminal_shows_each_operation() -> None:
    shown = printed(measured())

    assert "phases  start-up 2.0 s" in shown
    assert "list_media 2 100.0 300.0 300.0 300.0" in " ".join(shown.split())
    assert "slowest  3.2 s, 34 requests: test_list.py::test_it[7]" in shown


def test_a_report_without_measures_shows_nothing() -> None:
    assert timing.phases(Report({})) == ""
    assert printed(Report({})) == ""
