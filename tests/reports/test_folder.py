"""The report folder: all files or none, and only the kit's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from conformance.problem import UsageProblem
from conformance.reports import folder
from conformance.reports.formats import FILES, FORMATS

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.reports.report import Report

NAMES = {"report.json", "junit.xml", "index.html", "summary.md", "badge.json", "exchanges.har",
         "results.sarif", "metrics.txt"}  # fmt: skip


def names(path: Path) -> set[str]:
    return {each.name for each in path.iterdir()}


def test_every_format_is_written_and_nothing_else(report: Report, tmp_path: Path) -> None:
    folder.publish(report, tmp_path)

    assert names(tmp_path) == NAMES == set(FILES)
    assert all(path.stat().st_size for path in tmp_path.iterdir())


def test_an_older_report_is_removed_whole_and_other_files_are_kept(tmp_path: Path) -> None:
    for name in (*NAMES, "index.html.partial", "notes.txt"):
        (tmp_path / name).write_text("old")

    folder.cleared(tmp_path)

    assert names(tmp_path) == {"notes.txt"}


def test_a_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    assert folder.cleared(tmp_path / "a" / "b").is_dir()


def test_a_folder_that_cannot_be_written_is_one_line_and_leaves_nothing(
    report: Report, tmp_path: Path
) -> None:
    (tmp_path / "summary.md").mkdir()
    (tmp_path / "summary.md" / "mine").touch()

    with pytest.raises(UsageProblem, match="cannot be written"):
        folder.publish(report, tmp_path)
    with pytest.raises(UsageProblem, match="cannot be written"):
        folder.cleared(tmp_path)

    assert not any(re.search("partial", name) for name in names(tmp_path))
    assert (tmp_path / "summary.md" / "mine").exists()


@pytest.mark.parametrize("name", FORMATS)
def test_the_module_of_each_format_renders_it(name: str, report: Report) -> None:
    assert FORMATS[name].text(report)
