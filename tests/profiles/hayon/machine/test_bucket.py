"""The machine's look into the bucket: an object may be processed, but never become another one."""

from __future__ import annotations

import hashlib
import io
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PIL import Image

from conformance.harness import sample_files
from conformance.harness.bucket import StoredObject
from conformance.model.exchange import Exchange, Request
from conformance.profiles.hayon.given import Upload
from conformance.profiles.hayon.machine.bucket import kept_in

KEY, ROW = "posts/main/1.png", "HY-LIFECYCLE-01"
BODY = sample_files.unique("image/png")


def kept(body: bytes | None) -> list[str | None]:
    """Return the rows that break where the bucket holds such an object, or none."""
    found = None
    if body is not None:
        digest = hashlib.sha256(body).hexdigest()
        found = StoredObject(KEY, len(body), "image/png", digest, body)
    upload = Upload("", "", KEY, "image/png", Exchange(Request("POST", "http://h"), None), BODY)
    bucket = cast("Any", SimpleNamespace(find=lambda _: found))
    return [violation.requirement for violation in kept_in(bucket, [upload], ROW)]


def without_metadata() -> bytes:
    """Return the picture as a server writes it that removes the metadata."""
    packed = io.BytesIO()
    with Image.open(io.BytesIO(BODY)) as image:
        image.convert("RGB").save(packed, "PNG")
    return packed.getvalue()


def test_an_object_stays_as_it_is_or_shows_the_same() -> None:
    assert kept(BODY) == []
    assert kept(without_metadata()) == []


@pytest.mark.parametrize("body", [None, b"", BODY[:700], sample_files.unique("image/png")])
def test_an_object_that_is_gone_cut_or_another_is_found(body: bytes | None) -> None:
    assert kept(body) == [ROW]
