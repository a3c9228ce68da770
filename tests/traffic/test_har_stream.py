"""The entries of an archive, one by one, and one clear line for what is not an archive."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conformance.problem import UsageProblem
from conformance.traffic import har_stream
from conformance.traffic.har_stream import entries

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "a.har"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_entries_come_in_order_whatever_stands_beside_them(tmp_path: Path) -> None:
    log = {
        "pages": [{"entries": [1]}],
        "comment": "a",
        "n": 12,
        "entries": [{"a": "}]"}, {"b": [1, 2]}],
        "creator": {},
    }
    path = written(tmp_path, "\ufeff" + json.dumps({"x": [0.5], "log": log}, indent=3))

    found = list(entries(path))

    assert found == [("comment", "a"), ("entry", {"a": "}]"}), ("entry", {"b": [1, 2]})]


def test_a_file_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(har_stream, "_PIECE", 7)
    rows = [{"number": number, "text": "x" * number} for number in range(60)]
    path = written(tmp_path, json.dumps({"log": {"version": "1.2", "entries": rows, "z": 12345}}))

    assert [value for name, value in entries(path) if name == "entry"] == rows


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not a JSON object"),
        ("[]", "not a JSON object"),
        ("<html>", "not a JSON object"),
        ("{}", "no list log.entries"),
        ('{"log": []}', "no list log.entries"),
        ('{"log": {"entries": {}}}', "no list log.entries"),
        ('{"log": {"entries": [{"a": 1}', "cut off"),
        ('{"log": {"entries": [{"a": 1}]', "cut off|end of the file"),
        ('{"log": {"entries": [{"a": ', "cut off"),
        ('{"log": {"entries": [nope]}}', "not JSON"),
        (b"\xff\xfe\x00", "not UTF-8"),
        ('{"log": {"entries": [' + "[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_is_not_an_archive_gets_one_line(
    tmp_path: Path, text: str | bytes, why: str
) -> None:
    with pytest.raises(UsageProblem, match=why) as caught:
        list(entries(written(tmp_path, text)))

    assert "\n" not in str(caught.value)


def test_a_value_that_is_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(har_stream, "LONGEST_ENTRY", 100_000)
    monkeypatch.setattr(har_stream, "_PIECE", 1_000)
    path = written(tmp_path, '{"log": {"entries": ["' + "x" * 1_000_000 + '"]}}')

    with pytest.raises(UsageProblem, match="longer than 256 MB"):
        list(entries(path))


def test_a_folder_and_a_missing_file_get_one_line(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(UsageProblem, match="cannot be read"):
            list(entries(path))
