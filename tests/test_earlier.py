"""Reports read back: what is a report, and the one line for what is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.earlier import EarlierReport
from conformance.problem import UsageProblem

if TYPE_CHECKING:
    from pathlib import Path


def document(**outcomes: str) -> dict[str, Any]:
    """Return the least that readers need, with a row for each outcome."""
    rows = [
        {"id": name.replace("_", "-"), "level": "MUST", "outcome": outcome.replace("_", "-")}
        for name, outcome in outcomes.items()
    ]
    return {"schema_version": "1.0", "profile": "feedhive", "requirements": rows}


def test_a_folder_and_its_file_are_the_same_report(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(json.dumps(document(A_ONE="failed", A_TWO="warned")))

    by_folder, by_file = EarlierReport.read(tmp_path), EarlierReport.read(tmp_path / "report.json")

    assert by_folder == by_file
    assert by_folder.broken == {"A-ONE", "A-TWO"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"schema_version": "1.0", "requi', "is broken or cut short"),
        ("", "is broken or cut short"),
        ("[" * 100_000, "is broken or cut short"),
        ("[]", "holds no JSON object"),
        ('{"name": "another tool"}', "has no schema_version"),
        ('{"schema_version": "2.0"}', "'2.0', which this kit cannot read"),
        ('{"schema_version": "1.0"}', "names no profile"),
        ('{"schema_version": "1.0", "profile": "x"}', "requirements are not those of a run"),
        (
            '{"schema_version": "1.0", "profile": "x", "requirements": [{"id": 1}]}',
            "requirements are not those of a run",
        ),
    ],
)
def test_what_is_no_report_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "report.json").write_text(text)

    with pytest.raises(UsageProblem, match=fault):
        EarlierReport.read(tmp_path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_bytes(b"\xff\xfe{}")

    with pytest.raises(UsageProblem, match="is broken or cut short"):
        EarlierReport.read(tmp_path)


def test_a_missing_report_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match=r"report\.json cannot be read: No such file"):
        EarlierReport.read(tmp_path)
