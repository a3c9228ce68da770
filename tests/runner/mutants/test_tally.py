"""Scores are counted alike for the terminal and for the documentation."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.runner.mutants.levels import MUST, SHOULD, VARIANT
from conformance.runner.mutants.score import Score
from conformance.runner.mutants.tally import promises_kept, tallied, total
from tests.runner.mutants.made import mutant


def row(outcome: str, level: str = MUST, operation: str = "get_media") -> dict[str, Any]:
    return Score(mutant("m", operation, level=level), outcome, 1).as_dict()


def test_the_counts_are_by_the_value_of_a_dimension_and_by_level() -> None:
    rows = [row("failed"), row("missed"), row("warned", SHOULD), row("idle"), row("exit 4")]

    counted = tallied([*rows, row("passed", VARIANT, "list_media")], "operation")

    assert {name: [str(one) for one in counts.values()] for name, counts in counted.items()} == {
        "get_media": ["1 of 3", "1 of 1", ""],
        "list_media": ["", "", "1 of 1"],
    }


@pytest.mark.parametrize(
    ("dimension", "name"),
    [("member", "success /data"), ("kind", "body null"), ("where", "once")],
)
def test_each_dimension_has_its_words(dimension: str, name: str) -> None:
    assert list(tallied([row("failed")], dimension)) == [name]


def test_idle_mutants_are_not_counted() -> None:
    count = total([row("idle"), row("failed")], MUST)

    assert (count.right, count.struck) == (1, 1)


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        ([], False),
        ([row("idle")], False),
        ([row("failed"), row("idle"), row("passed", VARIANT)], True),
        ([row("missed")], False),
        ([row("blamed", VARIANT), row("failed")], False),
        ([row("exit 4", SHOULD)] + [row("warned", SHOULD)] * 40, False),
        ([row("hang", SHOULD)] + [row("warned", SHOULD)] * 40, False),
        ([row("missed", SHOULD)], True),
        ([row("missed", SHOULD)] * 2 + [row("warned", SHOULD)] * 37, False),
        ([row("missed", SHOULD)] * 2 + [row("warned", SHOULD)] * 38, True),
    ],
)
def test_the_promise_is_all_of_the_must_and_95_percent_of_the_should(
    rows: list[dict[str, Any]], *, kept: bool
) -> None:
    assert promises_kept(rows) == kept
