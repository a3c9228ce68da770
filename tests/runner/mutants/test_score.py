"""A mutant is judged by the rows that fit it, and a run that broke by how it ended."""

from __future__ import annotations

import io
from typing import Any

import pytest

from conformance.reports.terminal.console import Console
from conformance.runner.mutants.levels import MUST, SHOULD, VARIANT
from conformance.runner.mutants.score import Score, clear, print_score, scores
from conformance.runner.mutants.tally import promises_kept
from tests.runner.mutants.made import held, mutant


@pytest.mark.parametrize(
    ("level", "run", "outcome", "kept"),
    [
        (MUST, {"found": {"X-1": "failed"}}, "failed", True),
        (MUST, {"found": {"X-9": "warned"}, "code": 0}, "underrated", False),
        (MUST, {"found": {"X-9": "failed"}}, "misplaced", False),
        (MUST, {"code": 0}, "missed", False),
        (MUST, {"code": 3}, "untestable", False),
        (MUST, {"code": 4, "found": {"X-1": "failed"}}, "exit 4", False),
        (MUST, {"code": None}, "hang", False),
        (MUST, {"strikes": 0, "code": 0}, "idle", False),
        (SHOULD, {"found": {"X-2": "warned"}, "code": 0}, "warned", True),
        (SHOULD, {"found": {"X-2": "failed"}}, "overrated", True),
        (SHOULD, {"code": 0}, "missed", True),
        (SHOULD, {"code": 4}, "exit 4", False),
        (VARIANT, {"code": 0}, "passed", True),
        (VARIANT, {"code": 0, "found": {"X-9": "warned"}}, "blamed", False),
        (VARIANT, {"code": 3}, "blamed", False),
        (VARIANT, {"code": 4}, "exit 4", False),
    ],
)
def test_an_outcome_follows_from_the_run(
    level: str, run: dict[str, Any], outcome: str, *, kept: bool
) -> None:
    (score,) = scores(held(mutant(level=level), **run))

    assert score.outcome == outcome
    assert promises_kept([score.as_dict()]) == kept


def test_a_shared_run_is_clear_where_the_evidence_shows_the_mutant() -> None:
    mine, other = mutant("m"), mutant("n", "list_media")
    run = held(mine, other, found={"X-1": "failed"}, shown={"X-1": {"m"}})

    assert [clear(score, run) for score in scores(run)] == [True, False]


def test_a_shared_run_with_an_exit_code_of_4_is_not_clear() -> None:
    run = held(mutant("m"), mutant("n", "list_media"), code=4)

    assert not any(clear(score, run) for score in scores(run))


def test_variants_that_pass_together_pass() -> None:
    variants = mutant("m", level=VARIANT), mutant("n", "list_media", level=VARIANT)
    good, bad = held(*variants, code=0), held(*variants, code=0, found={"X-9": "warned"})

    assert all(clear(score, good) for score in scores(good))
    assert not any(clear(score, bad) for score in scores(bad))


def test_a_run_with_one_mutant_is_always_clear() -> None:
    run = held(mutant(), code=0)

    assert all(clear(score, run) for score in scores(run))


def test_the_score_counts_by_operation_member_and_kind() -> None:
    found = [
        Score(mutant("a"), "failed", 2),
        Score(mutant("b", "list_media"), "missed", 1),
        Score(mutant("c", level=SHOULD), "warned", 1),
        Score(mutant("d", level=VARIANT), "passed", 1),
        Score(mutant("e"), "idle"),
        Score(mutant("f", "list_media"), "exit 4", 1, detail="KeyError: 'x'"),
    ]
    shown = io.StringIO()

    print_score("feedhive", found, 61.0, Console(file=shown, width=120))

    text = shown.getvalue()
    assert "feedhive: 6 mutants in 61 s" in text
    assert ["get_media", "1", "of", "1", "1", "of", "1", "1", "of", "1"] in map(
        str.split, text.splitlines()
    )
    assert ["list_media", "0", "of", "2"] in map(str.split, text.splitlines())
    assert "KeyError: 'x'" in text
    assert "MUST: 1 of 3 caught (1 idle)" in text
    assert "Idle mutants, which changed no answer and show nothing:" in text
    assert "SHOULD: 1 of 1 caught" in text
    assert "variant: 1 of 1 passed" in text


def test_a_low_rate_of_should_mutants_is_shown() -> None:
    found = [Score(mutant("a", level=SHOULD), "missed", 1)]
    shown = io.StringIO()

    print_score("feedhive", found, 1.0, Console(file=shown, width=120))

    assert "SHOULD: 0 of 1 caught (below the goal of 95 %)" in shown.getvalue()


def test_a_score_is_plain_data() -> None:
    row = Score(mutant("a"), "failed", 2, ["X-1"], ["X-1", "X-9"]).as_dict()

    assert row["id"] == "a"
    assert row["level"] == MUST
    assert (row["outcome"], row["strikes"], row["under"]) == ("failed", 2, ["X-1"])
    assert "mutant" not in row
