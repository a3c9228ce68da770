"""What a place of the storage may hold, between two moments."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.knowledge.stored import Stored, kind_of
from tests.knowledge.made import event

if TYPE_CHECKING:
    from conformance.model.redaction import Headers


def written(*puts: dict[str, object]) -> Stored:
    """Return the object after some PUTs, each with its times, status and body."""
    stored = Stored()
    for put in puts:
        made = event(**put)  # type: ignore[arg-type]
        stored.begin(made)
        stored.end(made)
    return stored


def bodies(stored: Stored, began: float, ended: float) -> set[bytes] | None:
    possible = stored.possible(began, ended)
    return None if possible is None else {write.body for write in possible}


def test_a_later_write_replaces_an_earlier_one() -> None:
    stored = written({"began": 1, "ended": 2, "body": b"a"}, {"began": 3, "ended": 4, "body": b"b"})

    assert bodies(stored, 5, 6) == {b"b"}
    assert bodies(stored, 2.5, 2.8) == {b"a"}


def test_overlapping_writes_have_either_order() -> None:
    stored = written({"began": 1, "ended": 4, "body": b"a"}, {"began": 2, "ended": 3, "body": b"b"})

    assert bodies(stored, 5, 6) == {b"a", b"b"}


@pytest.mark.parametrize("status", [None, 500, 503, 409, 412])
def test_an_unclear_answer_may_have_stored_or_not(status: int | None) -> None:
    stored = written(
        {"began": 1, "ended": 2, "body": b"a"},
        {"began": 3, "ended": 4, "body": b"b", "status": status},
    )

    assert bodies(stored, 5, 6) == {b"a", b"b"}


def test_a_refused_write_stored_nothing() -> None:
    stored = written({"began": 1, "ended": 2, "body": b"a", "status": 403})

    assert bodies(stored, 5, 6) == set()


def test_a_write_in_flight_may_be_there_already() -> None:
    stored = Stored()
    stored.begin(event(began=1, body=b"a"))

    assert bodies(stored, 5, 6) == {b"a"}
    assert bodies(stored, 0, 0.5) == set()


def test_after_another_hand_nothing_is_known() -> None:
    stored = written({"began": 1, "ended": 2, "body": b"a"})
    stored.disturbed = 3

    assert bodies(stored, 2.2, 2.5) == {b"a"}
    assert bodies(stored, 5, 6) is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0..", "image/jpeg"),
        (b"GIF89a..", "image/gif"),
        (b"RIFF....WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x14ftypqt  ", "video/quicktime"),
        (b"\0\0\0\x18ftypisom", "video/mp4"),
        (b"words", ""),
    ],
)
def test_the_first_bytes_show_a_type(body: bytes, kind: str) -> None:
    assert kind_of(body) == kind


def test_nothing_is_known_of_an_object_while_its_put_is_being_sent() -> None:
    stored = Stored()
    put = event(began=1)
    whole = put.request
    put.request = replace(whole, excerpt_of=(-1, ""))
    stored.begin(put)

    assert stored.possible(0, 0.5) == []
    assert stored.possible(2, 3) is None

    put.request = replace(whole, body=b"begin", excerpt_of=(9, "hash"))
    write = stored.sent(put)

    assert write is not None
    assert (write.size, write.sha256, stored.possible(2, 3)) == (9, "hash", [write])


@pytest.mark.parametrize(("status", "known"), [(204, None), (None, None), (403, {b"a"})])
def test_a_delete_by_a_client_may_have_removed_the_object_unless_it_is_refused(
    status: int | None, known: set[bytes] | None
) -> None:
    stored = written({"began": 1, "ended": 2, "body": b"a"})
    delete = event("DELETE", began=3, ended=4, status=status)
    stored.begin(delete)
    assert bodies(stored, 3.2, 3.5) is None

    stored.end(delete)

    assert bodies(stored, 2.2, 2.5) == {b"a"}
    assert bodies(stored, 5, 6) == known


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("https://s/b/k?acl", ()),
        ("https://s/b/k?partNumber=1&uploadId=x", ()),
        ("https://s/b/k", (("x-amz-copy-source", "/b/other"),)),
    ],
)
def test_a_put_that_sends_no_object_leaves_it_unknown(url: str, headers: Headers) -> None:
    stored = written({"began": 1, "ended": 2, "body": b"a"})
    put = event(began=3, ended=4)
    put.request = replace(put.request, url=url, headers=headers)

    assert stored.begin(put) is None
    stored.end(put)

    assert bodies(stored, 2.2, 2.5) == {b"a"}
    assert bodies(stored, 5, 6) is None
