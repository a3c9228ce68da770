"""The URLs of an item, and what an answer of the storage shows of a file."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image

from conformance.harness import sample_files
from conformance.judge.finding import Blocked, Violation
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive.files import (
    is_refused,
    may_be_the_same,
    still_there,
    url_of,
    usable_url,
)

GOOD, LAX, BROKEN = "https://h/a.png?s=1", "https://h/my picture.png", "http://[::1/a.png"


def shown(media_url: object) -> Exchange:
    body = json.dumps({"success": True, "data": {"media_url": media_url}}).encode()
    response = Response(200, (("Content-Type", "application/json"),), body, 0.0)
    return Exchange(Request("GET", "http://api/media/1"), response)


def answer(status: int) -> Exchange:
    return Exchange(Request("GET", GOOD), Response(status, (), b"", 0.0))


NO_ANSWER = Exchange(Request("GET", GOOD), None, "ReadTimeout")


@pytest.mark.parametrize("url", [GOOD, LAX])
def test_a_url_that_clients_can_request_is_read(url: str) -> None:
    assert url_of(shown(url)) == usable_url(shown(url)) == url


@pytest.mark.parametrize("value", [None, 7, {"href": GOOD}])
def test_what_is_not_a_text_is_no_url(value: object) -> None:
    assert url_of(shown(value)) is None
    assert usable_url(shown(value)) == ""


@pytest.mark.parametrize("value", [BROKEN, "", "/relative", "http://h:99999/a"])
def test_a_broken_url_blocks_by_the_requirement_that_judges_it(value: str) -> None:
    with pytest.raises(Blocked, match="FH-GET-14"):
        url_of(shown(value))
    assert usable_url(shown(value)) == ""


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_file_is_gone_where_the_storage_says_so(status: int) -> None:
    with pytest.raises(Violation, match="they are gone"):
        still_there(answer(status))
    assert is_refused(answer(status))


@pytest.mark.parametrize("exchange", [answer(500), answer(503), answer(429), NO_ANSWER])
def test_a_failing_storage_does_not_show_that_a_file_is_gone(exchange: Exchange) -> None:
    with pytest.raises(Violation, match="could not be read"):
        still_there(exchange)
    assert not is_refused(exchange)


def test_a_file_that_is_served_is_there() -> None:
    still_there(answer(200))
    assert not is_refused(answer(200))


def encoded_again(content: bytes) -> bytes:
    packed = io.BytesIO()
    with Image.open(io.BytesIO(content)) as image:
        image.save(packed, image.format)
    return packed.getvalue()


@pytest.mark.parametrize("content_type", ["image/png", "image/jpeg", "image/gif"])
def test_a_picture_that_was_encoded_again_may_be_the_same(content_type: str) -> None:
    content = sample_files.unique(content_type)

    assert encoded_again(content) != content
    assert may_be_the_same(content, encoded_again(content))


def test_a_film_with_another_box_may_be_the_same() -> None:
    film = sample_files.unique("video/mp4")

    assert may_be_the_same(film, film + b"\0\0\0\x08free")


@pytest.mark.parametrize("content_type", ["image/png", "image/jpeg", "image/gif", "video/mp4"])
def test_other_bytes_are_not_the_same(content_type: str) -> None:
    content, other = (sample_files.unique(content_type) for _ in range(2))

    for now in (b"", b"tombstone", content[::-1], content[: len(content) // 2], other):
        assert not may_be_the_same(content, now)


def test_a_picture_of_another_size_is_not_the_same() -> None:
    assert not may_be_the_same(sample_files.wide_png(), sample_files.padded_png(0))
