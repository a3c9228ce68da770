"""Reports are published whole: nothing of an older one stays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.reports.formats import FILES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

pytestmark = pytest.mark.whole_run


def report_of(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


def test_a_report_replaces_an_older_one_whole(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "conformance-report"
    folder.mkdir()
    for name in (*FILES, "mine.txt"):
        (folder / name).write_text("old")

    refused = command("run", "hayon", "--base-url", "http://127.0.0.1:1", "--token", "t")

    assert refused.returncode == 3
    assert {path.name for path in folder.iterdir()} == {*FILES, "mine.txt"}
    assert all((folder / name).read_text() != "old" for name in FILES)
    assert report_of(folder)["reason"].startswith("http://127.0.0.1:1 cannot be reached")
