"""`conformance diff` as a process: its lines and its exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conformance.model.profile import Profile
from tests.reports.made import written

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command


@pytest.mark.parametrize(
    ("change", "code", "line"),
    [
        (("passed", "failed"), 1, "FH-GET-01 MUST passed -> failed: it was 500"),
        (("failed", "passed"), 0, "FH-GET-01 MUST failed -> passed"),
        (("passed", "not-verified"), 0, "newly unverified (1)"),
        (("failed", "failed"), 0, "still broken (1)"),
    ],
)
def test_only_a_regression_fails(
    command: Command, tmp_path: Path, change: tuple[str, str], code: int, line: str
) -> None:
    done = command(
        "diff",
        str(written(tmp_path / "old", change[0], requirement="FH-GET-01")),
        str(written(tmp_path / "new", change[1], requirement="FH-GET-01")),
    )

    assert done.returncode == code, done.stderr
    assert line in done.stdout
    assert not done.stdout.startswith("\x1b")


def test_a_diff_is_also_markdown_and_json_with_titles(command: Command, tmp_path: Path) -> None:
    old = str(written(tmp_path / "old", "passed", requirement="FH-GET-01"))
    new = str(written(tmp_path / "new", "failed", requirement="FH-GET-01"))
    title = Profile.load("feedhive").catalogue["FH-GET-01"].title

    markdown = command("diff", old, new, "--format", "markdown")
    data = json.loads(command("diff", old, new, "--format", "json").stdout)

    assert (markdown.returncode, markdown.stderr) == (1, "")
    assert f"- **FH-GET-01** (MUST) {title}: *passed -" in markdown.stdout
    assert data["regressed"] is True
    (change,) = data["changes"]
    assert (change["kind"], change["title"], change["after"]) == ("regressions", title, "failed")


def test_what_cannot_be_compared_gets_one_clear_line(command: Command, tmp_path: Path) -> None:
    good = str(written(tmp_path / "good", "passed"))
    other = str(written(tmp_path / "other", "passed", profile="hayon", requirement="HY-PUT-01"))
    cut = tmp_path / "cut.json"
    cut.write_text('{"schema_version": "1.0", "requ')

    for arguments in ((good, other), (str(cut), good), (good, "missing.json"), (good,)):
        done = command("diff", *arguments)

        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert "Traceback" not in done.stderr
