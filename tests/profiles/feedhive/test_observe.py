"""What must stay: the bytes and types of other media, by URL and in the bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from conformance.harness.bucket import StoredObject
from conformance.judge.finding import Violation
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive.observe import bytes_kept, objects_kept

if TYPE_CHECKING:
    from conformance.harness.bucket import Bucket
    from conformance.harness.storage import Storage

URL = "https://storage.example/a.png"
OBJECT = StoredObject("a.png", 3, "image/png", "feed")


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
    bytes_kept(cast("Storage", OneAnswer(served(b"abc"))), {URL: served(b"abc")})


@pytest.mark.parametrize(
    "later",
    [served(b"", status=404), served(b""), served(b"cba"), served(b"abc", "text/plain")],
    ids=["gone", "emptied", "reversed", "of another type"],
)
def test_bytes_that_are_gone_or_others_are_not_kept(later: Exchange) -> None:
    with pytest.raises(Violation):
        bytes_kept(cast("Storage", OneAnswer(later)), {URL: served(b"abc")})


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
