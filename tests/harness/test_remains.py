"""What a killed run left: found by place or bytes, and named where nothing shows whose it is."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from conformance.harness.belongings import Item, Listing
from conformance.harness.journal import (
    BYTES,
    COMPLETE,
    OBJECT,
    REFUSED,
    SESSION,
    Entry,
    Header,
    Journal,
    read_journal,
)
from conformance.harness.remains import (
    PLACE,
    SAME_BYTES,
    Found,
    derived_objects,
    left_behind,
    lost_media,
)
from conformance.model.left_behind import FILES, OPEN_SESSIONS, POSTS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NOW = datetime.now(UTC)
OLD = NOW - timedelta(days=3)
BODY = b"the bytes of this session"
WHERE = "store/b/1.png"
URL = f"https://{WHERE}?X-Amz-Signature=abc"
ELSEWHERE = "https://cdn.example/x.png"
SESSION_LINES = (
    Entry(SESSION, "upl_1", place=WHERE),
    Entry(BYTES, WHERE, digest=hashlib.sha256(BODY).hexdigest()),
    Entry(COMPLETE, "upl_1"),
)


def journal(folder: Path, *entries: Entry) -> Journal:
    path = folder / "one.jsonl"
    header = Header("feedhive", "http://localhost", "", "run", NOW.timestamp())
    path.write_text("\n".join([header.line(), *(entry.line() for entry in entries)]) + "\n")
    return read_journal(path)


def found(
    journal: Journal, *items: Item, body: bytes | None = None, known: Iterable[str] = ()
) -> Found:
    listing = Listing(items, whole=True, answered=True)
    return lost_media(journal, {"main": lambda _: listing}, lambda _: body, known)


def test_a_media_at_the_place_of_the_session_is_the_runs_own(tmp_path: Path) -> None:
    result = found(journal(tmp_path, *SESSION_LINES), Item("m_1", URL, NOW))

    assert [(one.id, one.proof, one.session) for one in result.own] == [("m_1", PLACE, "upl_1")]
    assert result.uncertain == []


@pytest.mark.parametrize("created", [NOW, None])
def test_a_media_with_the_bytes_of_the_session_is_the_runs_own(
    tmp_path: Path, created: datetime | None
) -> None:
    result = found(journal(tmp_path, *SESSION_LINES), Item("m_1", ELSEWHERE, created), body=BODY)

    assert [(one.id, one.proof) for one in result.own] == [("m_1", SAME_BYTES)]


@pytest.mark.parametrize(("url", "body"), [(ELSEWHERE, b"others"), (ELSEWHERE, None), ("", None)])
def test_a_new_media_of_somebody_is_named_and_not_taken(
    tmp_path: Path, url: str, body: bytes | None
) -> None:
    result = found(journal(tmp_path, *SESSION_LINES), Item("m_1", url, NOW), body=body)

    assert (result.own, result.uncertain) == ([], ["m_1"])


@pytest.mark.parametrize("url", [URL, ELSEWHERE])
def test_an_old_media_is_nobodys_business(tmp_path: Path, url: str) -> None:
    result = found(journal(tmp_path, *SESSION_LINES), Item("m_1", url, OLD), body=BODY)

    assert (result.own, result.uncertain) == ([], [])


def test_a_place_alone_is_not_enough_without_a_moment(tmp_path: Path) -> None:
    result = found(journal(tmp_path, *SESSION_LINES), Item("m_1", URL, None), body=b"others")

    assert (result.own, result.uncertain) == ([], ["m_1"])


def test_a_media_that_a_journal_names_is_left_to_that_journal(tmp_path: Path) -> None:
    result = found(journal(tmp_path, *SESSION_LINES), Item("m_1", URL, NOW), known=["m_1"])

    assert (result.own, result.uncertain) == ([], [])


def test_a_refused_complete_makes_nobody_read_files(tmp_path: Path) -> None:
    refused = journal(tmp_path, *SESSION_LINES, Entry(COMPLETE, "upl_1", proof=REFUSED))

    assert found(refused, Item("m_1", ELSEWHERE, NOW), body=BODY) == Found()
    assert [one.proof for one in found(refused, Item("m_1", URL, NOW)).own] == [PLACE]


def test_a_library_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    lists = {"main": lambda _: Listing()}

    result = lost_media(journal(tmp_path, *SESSION_LINES), lists, lambda _: None, [])

    assert not result.whole


def test_open_sessions_and_files_without_a_bucket_are_left_behind(tmp_path: Path) -> None:
    removed = Entry("media", "m_2", proof="absent-before", session="upl_2")
    entries = (
        *SESSION_LINES,
        Entry(SESSION, "upl_2", place="store/b/2.png"),
        Entry(BYTES, "store/b/2.png"),
        removed,
        Entry(SESSION, "upl_3", place="store/b/3.png"),
        Entry(BYTES, "store/b/3.png"),
        Entry(OBJECT, "3.png", proof="absent-before"),
    )

    counts = left_behind(journal(tmp_path, *entries), posts_stay=False)

    assert counts == {OPEN_SESSIONS: 2, FILES: 1}


def test_posts_stay_where_no_operation_deletes_them(tmp_path: Path) -> None:
    made = journal(tmp_path, Entry("post", "post 1"), Entry(SESSION, "k", place=WHERE))

    assert left_behind(made, posts_stay=True) == {OPEN_SESSIONS: 1, POSTS: 1}
    assert left_behind(made, posts_stay=False) == {OPEN_SESSIONS: 1}


def test_an_object_that_has_the_name_of_an_own_one_is_the_runs_own(tmp_path: Path) -> None:
    name = "0123456789abcdef"
    made = journal(tmp_path, Entry(OBJECT, f"up/{name}.png", proof="absent-before"),
                   Entry(OBJECT, "up/short.png", proof="absent-before"))  # fmt: skip
    moments = {
        f"up/{name}.png": NOW,
        f"thumbs/{name}.png.png": NOW,
        f"old/{name}.png": OLD,
        "thumbs/short.png": NOW,
        "theirs/fedcba9876543210.png": NOW,
    }

    assert [one.id for one in derived_objects(made, moments)] == [f"thumbs/{name}.png.png"]
