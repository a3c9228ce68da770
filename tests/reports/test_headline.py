"""The texts that sum a report up: they never say more than the run has shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.reports.headline import headline, levels, remarks

if TYPE_CHECKING:
    from conformance.reports.report import Report


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("nonconformant", "1 of {tried} failed"),
        ("untestable", "nothing could be concluded"),
        ("partial", "1 of {tried} passed, {unverified} unverified"),
        ("conformant", "1 of {tried} passed"),
    ],
)
def test_the_headline_says_what_the_verdict_rests_on(
    report: Report, verdict: str, words: str
) -> None:
    report.data["verdict"] = verdict
    provable = [row for row in report.requirements if row["outcome"] != "informative"]

    # One of them passed, one failed, one warned: the others were not verified.
    expected = words.format(tried=len(provable), unverified=len(provable) - 3)
    assert headline(report) == expected


def test_remarks_name_a_selection_and_what_could_not_be_removed(report: Report) -> None:
    report.data.update(selection="test_put", leftovers=["media 1", "media 2"])

    assert remarks(report) == [
        "Only a part was run, selected by -k 'test_put'.",
        "Could not be removed from the target: media 1, media 2.",
    ]


def test_a_remark_names_only_the_first_of_many_things_that_stay(report: Report) -> None:
    report.data["leftovers"] = [f"media {number}" for number in range(1_206)]

    (remark,) = remarks(report)

    assert remark.endswith("media 4, media 5 and 1,200 more, which report.json names.")
    assert "media 6" not in remark


def test_outcomes_are_counted_by_level(report: Report) -> None:
    counts = levels(report)

    assert list(counts) == ["MUST", "SHOULD"]
    assert counts["MUST"]["failed"] == counts["SHOULD"]["warned"] == 1
    for outcome, count in report["counts"].items():
        assert counts["MUST"][outcome] + counts["SHOULD"][outcome] == count


def test_the_first_number_of_traffic_is_its_coverage(report: Report) -> None:
    coverage = {"exercised": 46, "provable": 148}
    report.data["traffic"] = {"coverage": coverage}

    words = "46 of 148 requirements (31 %) exercised by this traffic, 1 failed and 1 warned"
    assert headline(report) == words
