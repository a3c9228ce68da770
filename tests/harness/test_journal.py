"""The format of a journal: what is read of it, whatever a kill or a hand made of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conformance.harness.journal import (
    BYTES,
    COMPLETE,
    REFUSED,
    SESSION,
    Entry,
    Header,
    header_of,
    place_text,
    read_journal,
)
from conformance.problem import UsageProblem

if TYPE_CHECKING:
    from pathlib import Path

HEADER = Header("feedhive", "http://localhost:8000", "", "run-1", 1_000.0)
SIGNED = "https://user:word@Store.example:9000/b/a%20b.png?X-Amz-Signature=abc#x"
PLACE = "store.example:9000/b/a b.png"
LINES = (
    HEADER.line(),
    Entry(SESSION, "upl_1", place=PLACE).line(),
    Entry(BYTES, PLACE, digest="d1").line(),
    Entry(COMPLETE, "upl_1").line(),
)


def written(folder: Path, *lines: str, end: str = "\n") -> Path:
    path = folder / "one.jsonl"
    path.write_text("\n".join(lines) + end, encoding="utf-8")
    return path


def test_a_place_has_neither_a_user_nor_a_signature() -> None:
    assert place_text(SIGNED) == PLACE
    assert place_text("http://[") == ""


def test_a_session_whose_complete_was_sent_is_a_suspect_until_its_media_is_named(
    tmp_path: Path,
) -> None:
    (suspect,) = read_journal(written(tmp_path, *LINES)).suspects()
    media = Entry("media", "m_1", session="upl_1").line()

    assert (suspect.id, suspect.place, suspect.proof) == ("upl_1", PLACE, "")
    assert read_journal(written(tmp_path, *LINES, media)).suspects() == []


def test_a_refused_complete_says_so(tmp_path: Path) -> None:
    refused = Entry(COMPLETE, "upl_1", proof=REFUSED).line()

    (suspect,) = read_journal(written(tmp_path, *LINES, refused)).suspects()

    assert suspect.proof == REFUSED


def test_a_session_without_bytes_or_complete_became_nothing(tmp_path: Path) -> None:
    assert read_journal(written(tmp_path, *LINES[:3])).suspects() == []
    assert read_journal(written(tmp_path, *LINES[:2], LINES[3])).suspects() == []


@pytest.mark.parametrize("kept", range(0, 60, 4))
def test_a_journal_that_a_kill_cut_at_any_byte_is_read(tmp_path: Path, kept: int) -> None:
    journal = read_journal(written(tmp_path, *LINES[:3], LINES[3][:kept], end=""))

    assert journal.header == HEADER
    assert len(journal.entries) == 2 + (kept >= len(LINES[3]))
    assert journal.cut == (0 < kept < len(LINES[3]))
    assert journal.unreadable == 0


def test_lines_of_another_shape_are_counted(tmp_path: Path) -> None:
    foreign = ["[]", "{", '{"kind": 1, "id": "x"}', '{"kind": "media"}', "[" * 5_000]

    journal = read_journal(written(tmp_path, *LINES, *foreign))

    assert journal.unreadable == len(foreign)
    assert len(journal.entries) == 3


@pytest.mark.parametrize(
    "text",
    ["", "garbage\n", "[1]\n", '{"kind": "media", "id": "1"}\n', "\x00\xff" * 20, "{" * 10_000],
)
def test_what_is_not_a_journal_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text(text, encoding="latin-1")

    with pytest.raises(UsageProblem, match="is not a journal of this kit") as refused:
        header_of(path)

    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("more", [{}, {"new_member": 1}])
def test_a_journal_of_another_kit_names_its_version(
    tmp_path: Path, more: dict[str, object]
) -> None:
    other = {**json.loads(HEADER.line()), "journal": 99, "kit": "9.0.0", **more}
    path = written(tmp_path, json.dumps(other))

    with pytest.raises(UsageProblem, match=r"version 9\.0\.0 of the kit, in format 99"):
        header_of(path)


def test_a_missing_journal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="No such file"):
        header_of(tmp_path / "nowhere.jsonl")
