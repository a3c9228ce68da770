"""Reading a report: any other file is refused with one clear line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conformance.problem import UsageProblem
from conformance.reports.formats import FORMATS
from conformance.reports.report import Report, is_cut
from tests.reports.conftest import RERUN

if TYPE_CHECKING:
    from pathlib import Path


def test_a_written_report_is_read_back(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(FORMATS["json"].text(report), encoding="utf-8")

    assert Report.read(path).data == report.data


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not valid JSON, or is cut off"),
        (b'{"schema_version": "1.0", "verd', "is not valid JSON, or is cut off"),
        (b"\xff\xfe", "is not valid JSON"),
        (b"[" * 100_000, "is not valid JSON"),
        (b"[]", "is not a report of this kit"),
        (b'{"tests": 3}', "has no schema_version"),
        (b'{"schema_version": "1.x"}', "this kit reads 1.0"),
        (b'{"schema_version": "2.0"}', "upgrade media-conformance"),
        (b'{"schema_version": "0.9"}', "this kit reads 1.0"),
        (b'{"schema_version": {"a": 1}}', "this kit reads 1.0"),
        (b'{"schema_version": "1.0"}', "does not fit the report schema at $"),
    ],
    ids=["empty", "truncated", "no UTF-8", "deep", "list", "foreign", "odd minor", "newer",
         "older", "odd", "members missing"],
)  # fmt: skip
def test_anything_else_is_refused_in_one_line(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(content)

    with pytest.raises(UsageProblem) as raised:
        Report.read(path)

    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def test_the_place_of_what_does_not_fit_is_named(report: Report, tmp_path: Path) -> None:
    report.data["requirements"][3]["level"] = "x" * 5_000
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report.data))

    with pytest.raises(UsageProblem, match=r"at \$\.requirements\[3\]\.level") as raised:
        Report.read(path)

    assert len(str(raised.value)) < 500


def test_a_missing_report_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match=r"report\.json cannot be read: No such file"):
        Report.read(tmp_path / "report.json")


def test_absent_capabilities_come_with_the_flag_that_gives_them(report: Report) -> None:
    assert report.capabilities == ["s3-access"]
    assert "s3-access" not in report.absent
    assert report.absent["wait"] == "--short-lived-url or --max-wait"
    assert report.absent["posts"] == "--capability posts"


def test_a_body_is_cut_only_where_less_than_all_of_it_is_shown() -> None:
    assert is_cut({"text": "x" * 4_000, "bytes": 4_001})
    assert not is_cut({"text": "x" * 4_000, "bytes": 4_000})
    assert not is_cut({"text": "[redacted]", "bytes": 300})


def test_a_folder_and_its_file_are_the_same_report(report: Report, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(FORMATS["json"].text(report), encoding="utf-8")

    assert Report.read(tmp_path) == Report.read(tmp_path / "report.json")


def test_a_newer_minor_version_is_read(report: Report, tmp_path: Path) -> None:
    report.data.update(schema_version="1.7", something_new=1)
    (tmp_path / "report.json").write_text(FORMATS["json"].text(report), encoding="utf-8")

    assert Report.read(tmp_path)["something_new"] == 1


def test_what_failed_or_warned_is_broken(report: Report) -> None:
    assert report.broken == {"HY-UPLOAD-21", "HY-UPLOAD-10"}


def test_it_says_how_to_run_the_same_again(report: Report) -> None:
    assert report.rerun == RERUN
    assert report["replay"] == RERUN.command()


def test_a_report_that_does_not_say_how_it_was_run_is_refused(report: Report) -> None:
    del report.data["rerun"]

    with pytest.raises(UsageProblem, match="does not say how its run was started"):
        _ = report.rerun
