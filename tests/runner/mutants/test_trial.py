"""A run with mutants is held in its own process, and ends within its bound."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conformance.model.profile import Profile
from conformance.runner.mutants.plan import MutantPlan, chosen
from conformance.runner.mutants.trial import hold

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

KEY = "create_media_upload:success:/data/s3Key:near:everywhere"


def test_a_run_over_its_bound_is_ended() -> None:
    mutants = chosen(Profile.load("hayon"), MutantPlan(only=(KEY,)))

    held = hold("hayon", mutants, "quick", bound=0.1)

    assert held.code is None
    assert not held.found


@pytest.mark.whole_run
def test_a_mutant_is_struck_and_failed_under_a_fitting_row(
    command: Command, tmp_path: Path
) -> None:
    done = command("selftest", "hayon", "--mutants", "--only", KEY, "--out", "score.json")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "MUST: 1 of 1 caught" in done.stdout
    (row,) = json.loads((tmp_path / "score.json").read_text())["mutants"]
    assert row["outcome"] == "failed"
    assert row["strikes"] > 1
    assert "HY-UPLOAD-11" in row["under"]


def test_a_selection_of_no_mutant_is_a_usage_problem(command: Command) -> None:
    done = command("selftest", "hayon", "--mutants", "--only", "no-such-*")

    assert done.returncode == 2
    assert "selects no mutant" in done.stderr


def test_the_part_of_the_suite_cannot_be_chosen_for_mutants(command: Command) -> None:
    done = command("selftest", "hayon", "--mutants", "--by", "machine")

    assert done.returncode == 2
    assert "--mutants goes with --by rows" in done.stderr
