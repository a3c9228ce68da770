"""Requirements that are not verified: one group for each cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reports.unverified import Kind, groups
from tests.reports.conftest import row

if TYPE_CHECKING:
    from conformance.reports.report import Report


def caused(report: Report, requirement: str, **cause: Any) -> None:
    row(report, requirement).update(cause=cause)


def test_a_group_has_one_cause_and_flags_come_last(report: Report) -> None:
    caused(report, "HY-PUT-02", needs="posts", seen="it was 200")
    caused(report, "HY-PUT-03", blocked_by="HY-UPLOAD-21")
    caused(report, "HY-PUT-04", needs="posts", seen="it was 200")

    found = groups(report)

    assert [(group.kind, group.cause) for group in found] == [
        (Kind.BLOCKED, "HY-UPLOAD-21"),
        (Kind.LIMIT, "no case was run for it"),
        (Kind.LIMIT, "needs wait"),
        (Kind.FLAG, "--capability posts"),
    ]
    assert found[-1].ids == ["HY-PUT-02", "HY-PUT-04"]
    assert found[-1].seen == ["it was 200"]
    assert found[-1].size.startswith("2 requirements")


def test_a_report_without_causes_is_grouped_by_the_reason(report: Report) -> None:
    for each in report.requirements:
        del each["cause"]

    assert {group.kind for group in groups(report)} == {Kind.LIMIT}
