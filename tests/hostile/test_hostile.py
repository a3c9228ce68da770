"""A small sample of the ways; `nox -s hostile` measures them all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import COMMAND_BOUND_S, clean_environment
from tests.hostile.page import PAGE, page, shown
from tests.hostile.ways import WAYS


@pytest.mark.whole_run
def test_a_hostile_target_ends_as_it_must(tmp_path: Path) -> None:
    words = ["closes-at-once", "nested-bomb", "--results", "rows.json", "--page", "page.md"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile", *words, "--", "--effort", "quick", "-k", "walk"],
        cwd=tmp_path,
        env={**clean_environment(), "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_BOUND_S,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 of 2 ended as they must" in (tmp_path / "page.md").read_text()


def test_there_are_many_ways_and_each_says_what_it_does() -> None:
    assert len(WAYS) >= 60
    assert len({way.does for way in WAYS.values()}) == len(WAYS)


def test_the_page_of_the_docs_has_a_row_for_each_way() -> None:
    text = PAGE.read_text(encoding="utf-8")

    missing = [name for name, way in WAYS.items() if f"| `{name}` | {way.does} |" not in text]
    assert missing == [], "python -m tests.hostile measures them and writes the page"


def test_the_page_shows_what_is_not_yet_as_it_must() -> None:
    row = {
        "name": "garbage", "does": WAYS["garbage"].does, "seconds": 2.0, "mib": 90, "exit_code": 4,
        "verdict": "none", "complete": False, "requests": 2, "left": 0, "wrong": ["ended with 4"],
        "date": "2031-05-04", "version": "1.1.0",
    }  # fmt: skip

    assert f"| `garbage` | {row['does']} | 2 | 90 | 4 | none, ended early | 0 |" in page([row], {})
    assert "0 of 1 ended as they must" in page([row], {})
    assert "ended with 4" in page([row], {})
    assert "WRONG" in shown(row)
    assert "| SIGKILL | 5 | 4 |" in page([row], {"SIGKILL": [5, 4]})
