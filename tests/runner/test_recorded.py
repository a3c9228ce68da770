"""`conformance judge`: from a file to the report and the exit code, in one process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from click.testing import CliRunner

from conformance.cli.main import cli
from conformance.model.profile import specs_folder
from conformance.problem import Problem

if TYPE_CHECKING:
    from pathlib import Path

BASE = "https://api.example.com/v1"
MEDIA = {"id": "med_8114f283b49e", "type": "image", "mime_type": "image/png",
         "media_url": "https://s/k?X-Amz-Signature=00112233445566", "thumbnail_url": None,
         "created_at": "2026-01-02T03:04:04Z"}  # fmt: skip


def entry(number: int, method: str, path: str, status: int, body: Any) -> dict[str, Any]:
    text = json.dumps(body)
    content = {"size": len(text), "mimeType": "application/json", "text": text}
    headers = [{"name": "Authorization", "value": "Bearer tok-of-the-recording-1"}]
    return {
        "startedDateTime": f"2026-01-02T03:04:{number:02}.000Z",
        "time": 90,
        "request": {"method": method, "url": f"{BASE}{path}", "headers": headers},
        "response": {
            "status": status,
            "headers": [{"name": "content-type", "value": "application/json"}],
            "content": content,
        },
    }


def archive(folder: Path, *, gone: bool) -> Path:
    """Write a recording in which a media item is completed, deleted, and fetched again."""
    item = {"success": True, "data": MEDIA}
    rows = [
        entry(1, "POST", "/media/uploads/upl_1beb21fa59e5/complete", 200,
              {"success": True, "data": {"id": MEDIA["id"]}}),
        entry(2, "GET", f"/media/{MEDIA['id']}", 200, item),
        entry(3, "DELETE", f"/media/{MEDIA['id']}", 200, item),
        entry(14, "GET", f"/media/{MEDIA['id']}", *((404, {"success": False, "message": "no"})
                                                    if gone else (200, item))),
        entry(15, "GET", "/me", 200, {"api_key": "another-key-of-it"}),
    ]  # fmt: skip
    path = folder / "a.har"
    path.write_text(json.dumps({"log": {"entries": rows}}), encoding="utf-8")
    return path


def judged(folder: Path, path: Path, *flags: str) -> tuple[int, str, dict[str, Any]]:
    """Judge a file; return the exit code, the output and the document of the report."""
    place = folder / "report"
    words = ["judge", "feedhive", str(path), "--report-dir", str(place), *flags]
    result = CliRunner().invoke(cli, words, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.return_value, result.output, json.loads((place / "report.json").read_bytes())


@pytest.mark.parametrize("gone", [True, False])
def test_a_recording_has_a_verdict(tmp_path: Path, *, gone: bool) -> None:
    code, output, report = judged(tmp_path, archive(tmp_path, gone=gone), "--base-url", BASE)

    broken = [row["id"] for row in report["requirements"] if row["evidence"]]
    assert (code, report["verdict"]) == ((0, "partial") if gone else (1, "nonconformant"))
    assert broken == ([] if gone else ["FH-DELETE-02"])
    coverage = report["traffic"]["coverage"]
    assert f"{coverage['exercised']} of {coverage['provable']} requirements" in output
    assert (report["requests"], report["traffic"]["others"]) == (4, 1)
    assert report["traffic"]["callers"] == ["caller-1"]
    schema = json.loads((specs_folder() / "report.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(report)


def test_no_file_of_the_report_holds_a_secret_of_the_recording(tmp_path: Path) -> None:
    judged(tmp_path, archive(tmp_path, gone=False), "--base-url", BASE)

    for path in (tmp_path / "report").rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        assert not any(one in text for one in ("tok-of-the-recording-1", "00112233445566"))


def test_its_own_archive_is_judged_alike(tmp_path: Path) -> None:
    _, _, first = judged(tmp_path, archive(tmp_path, gone=False), "--base-url", BASE)

    code, _, second = judged(tmp_path, tmp_path / "report" / "exchanges.har")

    assert code == 1
    assert second["counts"] == first["counts"]


def test_a_recording_of_something_else_is_untestable(tmp_path: Path) -> None:
    other = ("--base-url", "https://other.example")
    code, output, _ = judged(tmp_path, archive(tmp_path, gone=True), *other)

    assert code == 3
    assert "no request of the traffic was for an operation of feedhive" in output


def test_an_unknown_capability_gets_one_line(tmp_path: Path) -> None:
    path = archive(tmp_path, gone=True)

    with pytest.raises(Problem, match="no requirement needs the capability pots"):
        judged(tmp_path, path, "--base-url", BASE, "--capability", "pots")
