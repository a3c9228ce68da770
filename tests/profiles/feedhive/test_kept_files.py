"""Files that must stay: by URL and in the bucket, as they were or encoded again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

import pytest

from conformance.harness import sample_files, sight
from conformance.harness.bucket import StoredObject
from conformance.judge.finding import Blocked, Violation
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive.kept_files import bytes_kept, files_kept, objects_kept
from conformance.profiles.feedhive.upload import Media, Upload
from conformance.servers.encoding import encoded_again

if TYPE_CHECKING:
    from conformance.harness.bucket import Bucket
    from conformance.harness.storage import Storage
    from conformance.profiles.feedhive.given import Given

URL = "https://storage.example/a.png"
OBJECT = StoredObject("a.png", 3, "image/png", "feed")
PNG = sample_files.unique("image/png")


def served(body: bytes, content_type: str = "image/png", status: int = 200) -> Exchange:
    response = Response(status, (("Content-Type", content_type),), body, 0.0)
    return Exchange(Request("GET", URL), response)


class OneAnswer:
    """A storage and a bucket that give one answer."""

    def __init__(self, answer: object) -> None:
        self._answer = answer

    def read(self, _: str) -> object:
        """Return the answer of the storage."""
        return self._answer

    def find(self, _: str) -> object:
        """Return the object of the bucket."""
        return self._answer


def test_the_same_bytes_are_kept() -> None:
    bytes_kept(cast("Storage", OneAnswer(served(b"abc"))), b"abc", {URL: served(b"abc")})


@pytest.mark.parametrize(
    "later",
    [served(b"", status=404), served(b""), served(b"cba"), served(b"abc", "text/plain")],
    ids=["gone", "emptied", "reversed", "of another type"],
)
def test_bytes_that_are_gone_or_others_are_not_kept(later: Exchange) -> None:
    with pytest.raises(Violation):
        bytes_kept(cast("Storage", OneAnswer(later)), b"abc", {URL: served(b"abc")})


def test_the_same_object_is_kept() -> None:
    objects_kept(cast("Bucket", OneAnswer(OBJECT)), {"a.png": OBJECT})


@pytest.mark.parametrize(
    "later",
    [
        None,
        StoredObject("a.png", 3, "image/png", "beef"),
        StoredObject("a.png", 3, "application/octet-stream", "feed"),
    ],
    ids=["gone", "other bytes", "another type"],
)
def test_objects_that_are_gone_or_others_are_not_kept(later: StoredObject | None) -> None:
    with pytest.raises(Violation, match=r"a\.png"):
        objects_kept(cast("Bucket", OneAnswer(later)), {"a.png": OBJECT})


def picture(*, inverted: bool) -> bytes:
    return encoded_again(PNG, "image/png", inverted=inverted)


def stored(body: bytes) -> StoredObject:
    return StoredObject("a.png", len(body), "image/png", str(hash(body)), body)


def keep(was: bytes, now: bytes, origin: bytes = PNG) -> None:
    bytes_kept(cast("Storage", OneAnswer(served(now))), origin, {URL: served(was)})


def test_a_file_that_was_encoded_again_is_kept() -> None:
    keep(PNG, picture(inverted=False))
    objects_kept(cast("Bucket", OneAnswer(stored(picture(inverted=False)))), {"a.png": stored(PNG)})


def test_a_file_that_shows_something_else_now_is_not_kept() -> None:
    other = stored(picture(inverted=True))

    with pytest.raises(Violation, match="other bytes"):
        keep(PNG, other.body)
    with pytest.raises(Violation, match="other bytes"):
        objects_kept(cast("Bucket", OneAnswer(other)), {"a.png": stored(PNG)})


def test_a_placeholder_may_become_the_file() -> None:
    keep(picture(inverted=True), picture(inverted=False))


def test_a_placeholder_that_changes_shows_nothing() -> None:
    with pytest.raises(Blocked, match="the bytes changed"):
        keep(
            picture(inverted=True), picture(inverted=False), origin=sample_files.unique("image/png")
        )


def test_without_a_decoder_changed_bytes_are_not_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sight, "_has", lambda _: False)
    monkeypatch.setattr(sight, "_known", {})
    other = stored(picture(inverted=True))

    with pytest.raises(Blocked, match=r"media-conformance\[media\]"):
        keep(PNG, other.body)
    with pytest.raises(Blocked, match=r"media-conformance\[media\]"):
        objects_kept(cast("Bucket", OneAnswer(other)), {"a.png": stored(PNG)})


MOVED = "https://storage.example/processed/a.png"


class Moving:
    """A server whose item names one URL, and a storage that holds some."""

    def __init__(self, named: str, *stored: str) -> None:
        self._stored = stored
        self._named = json.dumps({"success": True, "data": {"media_url": named}}).encode()
        self.api = self

    def get_media(self, media_id: str, *, caller: str) -> Exchange:
        """Return the item."""
        del media_id, caller
        headers = (("content-type", "application/json"),)
        return Exchange(Request("GET", URL), Response(200, headers, self._named, 0.0))

    def read(self, url: str) -> Exchange:
        """Return a file, or nothing."""
        return served(b"abc") if url in self._stored else served(b"", status=404)


def kept_by(server: Moving) -> None:
    exchange = Exchange(Request("POST", URL))
    media = Media("m", Upload("u", URL, "image/png", "a.png", None, exchange, "main"))
    files_kept(cast("Given", server), cast("Storage", server), media, {URL: served(b"abc")})


@pytest.mark.parametrize(
    "server",
    [Moving(URL, URL), Moving(MOVED, MOVED), Moving(f"{URL}?Signature=2", f"{URL}?Signature=2")],
    ids=["where it was", "moved", "signed again"],
)
def test_a_file_may_move(server: Moving) -> None:
    kept_by(server)


@pytest.mark.parametrize("server", [Moving(URL), Moving(MOVED)], ids=["gone", "moved to nowhere"])
def test_a_file_that_is_gone_is_not_kept(server: Moving) -> None:
    with pytest.raises(Violation):
        kept_by(server)
