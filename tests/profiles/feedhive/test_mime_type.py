"""The type that an item reports: the declared one, an alias, or that of a transcoded file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

import pytest

from conformance.judge.finding import Violation
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive.mime_type import reported_as_declared
from conformance.profiles.feedhive.upload import Media, Upload

if TYPE_CHECKING:
    from conformance.harness.storage import Storage

URL = "https://storage.example/a"


def answered(body: bytes, content_type: str, status: int = 200) -> Exchange:
    response = Response(status, (("Content-Type", content_type),), body, 0.0)
    return Exchange(Request("GET", URL), response)


def shown(mime_type: str | None) -> Exchange:
    data = {"mime_type": mime_type, "media_url": URL}
    return answered(json.dumps({"success": True, "data": data}).encode(), "application/json")


def media(content_type: str) -> Media:
    upload = Upload("upl_1", URL, content_type, "a", None, shown(None), body=b"mine")
    return Media("med_1", upload)


class OneFile:
    """A storage with one file."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def read(self, _: str) -> Exchange:
        """Return the file."""
        return self._exchange


def judged(declared: str, reported: str | None, served: Exchange) -> None:
    storage = cast("Storage", OneFile(served))
    reported_as_declared(media(declared), shown(reported), storage)


@pytest.mark.parametrize(
    ("declared", "reported"),
    [
        ("image/png", "image/png"),
        ("image/png", None),
        ("image/jpg", "image/jpeg"),
        ("video/mov", "video/quicktime"),
    ],
)
def test_the_declared_type_an_alias_and_null_are_right(declared: str, reported: str | None) -> None:
    judged(declared, reported, answered(b"mine", declared))


def test_the_type_of_a_transcoded_file_is_right() -> None:
    judged("video/quicktime", "video/mp4", answered(b"another film", "video/mp4"))


@pytest.mark.parametrize(
    "served",
    [
        answered(b"mine", "video/mp4"),
        answered(b"another film", "video/quicktime"),
        answered(b"no such file", "video/mp4", status=404),
    ],
    ids=["the uploaded bytes", "a file of the declared type", "no file"],
)
def test_another_type_without_another_file_of_it_is_wrong(served: Exchange) -> None:
    with pytest.raises(Violation, match="mime_type"):
        judged("video/quicktime", "video/mp4", served)


def test_an_alias_counts_in_one_direction_only() -> None:
    with pytest.raises(Violation):
        judged("image/jpeg", "image/jpg", answered(b"mine", "image/jpeg"))
