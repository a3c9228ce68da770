"""The page about mutants is written from the scores of runs, and shows their date and command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.docs import mutants
from conformance.runner.mutants.levels import SHOULD
from conformance.runner.mutants.plan import MutantPlan
from conformance.runner.mutants.score import Score
from tests.runner.mutants.made import mutant

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

RUN = {
    "profile": "feedhive",
    "date": "2031-05-04",
    "version": "1.1.0",
    "command": MutantPlan(sample=3, seed=7).command("feedhive"),
    "mutants": [
        Score(mutant("a"), "failed", 2).as_dict(),
        Score(mutant("b", "list_media", level=SHOULD), "missed", 1).as_dict(),
        Score(mutant("c"), "idle").as_dict(),
    ],
}


def test_the_page_shows_the_date_the_command_and_the_counts() -> None:
    text = mutants.page([RUN])

    assert "Made on 2031-05-04 with version 1.1.0" in text
    assert "conformance selftest feedhive --mutants --sample 3 --seed 7 --effort quick" in text
    assert "3 mutants, of which 1 were idle." in text
    assert "| `get_media` | 1 of 1 |" in text
    assert "| SHOULD | missed | `b` |" in text


def test_one_command_writes_the_page_from_the_files_of_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, page = tmp_path / "mutants.json", tmp_path / "mutants.md"
    file.write_text(json.dumps(RUN), encoding="utf-8")
    monkeypatch.setattr(mutants, "PAGE", page)

    assert mutants.main([str(file)]) == 0

    assert page.read_text(encoding="utf-8") == mutants.page([RUN])


def test_a_mutant_that_was_missed_fails_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missed = {**RUN, "mutants": [Score(mutant("a"), "missed", 2).as_dict()]}
    (tmp_path / "mutants.json").write_text(json.dumps(missed), encoding="utf-8")
    monkeypatch.setattr(mutants, "PAGE", tmp_path / "mutants.md")

    assert mutants.main([str(tmp_path / "mutants.json")]) == 1
    assert "| MUST | missed | `a` |" in (tmp_path / "mutants.md").read_text(encoding="utf-8")
