"""`conformance diff` as a process: its lines and its exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command


def written(folder: Path, outcome: str, profile: str = "feedhive") -> str:
    """Write a report of one row and return its folder's name."""
    row = {"id": "FH-GET-01", "level": "MUST", "outcome": outcome, "reason": "it was 500"}
    document: dict[str, Any] = {"schema_version": "1.0", "profile": profile, "requirements": [row]}
    folder.mkdir()
    (folder / "report.json").write_text(json.dumps(document))
    return str(folder)


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
        *("diff", written(tmp_path / "old", change[0]), written(tmp_path / "new", change[1]))
    )

    assert done.returncode == code, done.stderr
    assert line in done.stdout
    assert not done.stdout.startswith("\x1b")


def test_what_cannot_be_compared_gets_one_clear_line(command: Command, tmp_path: Path) -> None:
    good = written(tmp_path / "good", "passed")
    other = written(tmp_path / "other", "passed", profile="hayon")
    cut = tmp_path / "cut.json"
    cut.write_text('{"schema_version": "1.0", "requ')

    for arguments in ((good, other), (str(cut), good), (good, "missing.json"), (good,)):
        done = command("diff", *arguments)

        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert "Traceback" not in done.stderr
