"""A comparison of two reports: which changes are regressions, and which are not."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from conformance.problem import UsageProblem
from conformance.reports.comparison import Comparison, Kind
from conformance.reports.report import Report

NOWHERE = Path("report.json")


def report(outcome: str | None, profile: str = "feedhive", **row: Any) -> Report:
    """Return a report of one row, or of none."""
    rows = [{"id": "A-ONE", "level": "MUST", "outcome": outcome, **row}] if outcome else []
    document = {"schema_version": "1.0", "profile": profile, "requirements": rows}
    return Report(document, NOWHERE)


def kinds(old: Report, new: Report) -> list[Kind]:
    return [kind for kind, changes in Comparison.of(old, new).changes.items() if changes]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("passed", "failed", Kind.REGRESSION),
        ("not-verified", "failed", Kind.REGRESSION),
        ("not-applicable", "failed", Kind.REGRESSION),
        (None, "failed", Kind.REGRESSION),
        ("passed", "warned", Kind.WARNED),
        ("warned", "failed", Kind.KNOWN),
        ("failed", "warned", Kind.KNOWN),
        ("failed", "failed", Kind.KNOWN),
        ("failed", "passed", Kind.FIXED),
        ("warned", "passed", Kind.FIXED),
        ("passed", "not-verified", Kind.UNVERIFIED),
        ("failed", "not-verified", Kind.UNVERIFIED),
        ("not-verified", "passed", Kind.VERIFIED),
        ("failed", "not-applicable", Kind.CHANGED),
        (None, "passed", Kind.ADDED),
        ("passed", None, Kind.REMOVED),
    ],
)
def test_each_change_has_its_kind(before: str | None, after: str | None, kind: Kind) -> None:
    comparison = Comparison.of(report(before), report(after))

    assert [name for name, changes in comparison.changes.items() if changes] == [kind]
    assert comparison.regressed is (kind is Kind.REGRESSION)


@pytest.mark.parametrize("outcome", ["passed", "not-verified", "informative"])
def test_what_stays_as_it_was_is_not_shown(outcome: str) -> None:
    assert kinds(report(outcome), report(outcome)) == []


def test_a_waived_failure_is_shown_but_is_not_a_regression() -> None:
    waived = report("failed", waiver={"reason": "known"})

    assert kinds(report("passed"), waived) == [Kind.WAIVED]


def test_what_the_selection_left_out_did_not_become_unverified() -> None:
    new = report("not-verified", cases=[])
    new.data["selection"] = "test_list"

    assert kinds(report("passed"), new) == []


def test_reports_of_two_profiles_are_refused() -> None:
    with pytest.raises(UsageProblem, match="of the profile hayon, not of feedhive"):
        Comparison.of(report("passed", "hayon"), report("passed"))


def test_a_regression_is_printed_with_its_reason_and_no_control_character() -> None:
    console = Console(file=io.StringIO(), width=80)

    Comparison.of(report("passed"), report("failed", reason="it was \x1b[31m200")).print(console)

    output = console.file
    assert isinstance(output, io.StringIO)
    text = output.getvalue()
    assert r"A-ONE MUST passed -> failed: it was \x1b[31m200" in text
    assert text.endswith("a regression\n")
