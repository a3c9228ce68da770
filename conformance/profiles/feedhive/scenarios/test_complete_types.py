"""POST /media/uploads/{id}/complete where the stored object has another type than declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.harness import sample_files
from conformance.harness.concurrency import parallel
from conformance.judge import expect
from conformance.judge.finding import NotApplicable, precondition
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.files import usable_url
from conformance.profiles.feedhive.given import CREATE, unique_filename, upload_of
from conformance.profiles.feedhive.upload import RESULTING_TYPES, Media, reported_types
from conformance.suite.marks import accounted, requirement

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.upload import Upload

# A storage may take these for "no type", and choose one by the extension of the key, as SeaweedFS.
_UNTYPED = ("application/octet-stream", "binary/octet-stream")
_NO_MEDIA = ("text/plain", *_UNTYPED, "image/webp")
# Each declared type of the page, and the type that the object has instead. The aliases
# jpg/jpeg and mov/quicktime are one type; no other type than gif results in `gif`.
_STORED_INSTEAD = {
    "of the same resulting type": [
        ("image/jpeg", "image/png"),
        ("image/jpg", "image/png"),
        ("image/png", "image/jpeg"),
        ("video/mp4", "video/quicktime"),
        ("video/quicktime", "video/mp4"),
        ("video/mov", "video/mp4"),
    ],
    "of another resulting type": [
        ("image/jpeg", "image/gif"),
        ("image/jpg", "video/mp4"),
        ("image/png", "image/gif"),
        ("image/png", "video/mp4"),
        ("image/gif", "image/png"),
        ("image/gif", "video/mp4"),
        ("video/mp4", "image/gif"),
        ("video/mp4", "image/png"),
        ("video/quicktime", "image/jpeg"),
        ("video/mov", "image/gif"),
    ],
    "of a nearly equal name": [
        ("image/png", "image/pngx"),
        ("image/png", "x-image/png"),
        ("image/png", "image/p"),
    ],
    "of no media": [
        *((one, other) for one in ("image/png", "video/mp4") for other in _NO_MEDIA),
        *(
            (one, _UNTYPED[0])
            for one in ("image/jpeg", "image/gif", "video/mov", "video/quicktime")
        ),
        ("image/jpeg", "text/html"),
    ],
}


# Each declared type, and further types that one object after the other has instead: the rest of
# the supported ones, and what a list of lenient names would take for the declared type.
_IN_TURN = {
    "image/jpeg": ["image/heic", "video/mp4", "application/pdf"],
    "image/jpg": ["image/gif", "image/webp", "video/quicktime"],
    "image/png": ["image/svg+xml", "text/html", "video/quicktime"],
    "image/gif": ["image/jpeg", "image/webp", "video/quicktime"],
    "video/mp4": ["application/mp4", "audio/mp4", "video/webm", "video/x-m4v", "image/jpeg"],
    "video/quicktime": ["image/png", "image/gif", "video/webm"],
    "video/mov": ["image/png", "image/jpeg", "audio/mp4"],
}


# The stored type is the one that the extension of the filename names.
_NAMED_BY_THE_FILE = [
    ("image/png", "image/jpeg"),
    ("image/jpeg", "image/gif"),
    ("video/mp4", "image/png"),
]


@requirement("FH-COMPLETE-12")
@accounted
@pytest.mark.parametrize("pairs", _STORED_INSTEAD.values(), ids=_STORED_INSTEAD)
def test_complete_refuses_an_object_of_another_type(
    api: Api, given: Given, conformance_case: Harness, pairs: list[tuple[str, str]]
) -> None:
    given.working.create()

    def completed_twice(pair: tuple[str, str]) -> list[Exchange]:
        declared, stored = pair
        upload = given.created_upload(declared)
        _store(conformance_case, upload, stored)
        first = api.complete_upload(upload.id)
        if first.succeeded and stored in _UNTYPED and _was_typed(conformance_case, upload, first):
            given.deleted(Media(expect.text(first, "data", "id"), upload))
            return []
        return [first, api.complete_upload(upload.id)]

    with observe.no_new_media(api):
        for pair, exchanges in zip(pairs, parallel(completed_twice, pairs), strict=True):
            for exchange in exchanges:
                _refused(exchange, *pair)


@requirement("FH-COMPLETE-12")
@accounted
def test_complete_refuses_one_other_type_after_the_other(
    api: Api, given: Given, conformance_case: Harness
) -> None:
    given.working.create()

    def tried_in_turn(declared: str) -> None:
        upload = given.created_upload(declared)
        for stored in _IN_TURN[declared]:
            _store(conformance_case, upload, stored)
            _refused(api.complete_upload(upload.id), declared, stored)

    with observe.no_new_media(api):
        parallel(tried_in_turn, _IN_TURN)


@requirement("FH-COMPLETE-12")
@accounted
@pytest.mark.parametrize(("declared", "stored"), _NAMED_BY_THE_FILE)
def test_complete_refuses_an_object_of_the_type_that_only_the_filename_has(
    api: Api, given: Given, conformance_case: Harness, declared: str, stored: str
) -> None:
    given.working.create()
    name = unique_filename(stored)
    created = api.create_upload(name, declared)
    if created.refuses:
        raise NotApplicable("the server refuses a filename that does not fit the type")
    with precondition(CREATE):
        upload = upload_of(created, declared, name)
    _store(conformance_case, upload, stored)

    with observe.no_new_media(api):
        for _ in range(2):
            _refused(api.complete_upload(upload.id), declared, stored)


@requirement("FH-COMPLETE-12")
@accounted
def test_complete_refuses_an_object_without_a_type(
    api: Api, given: Given, storage: Storage, conformance_case: Harness
) -> None:
    upload = given.created_upload("image/png")
    put = storage.put(upload.url, sample_files.genuine("video/mp4"), None)
    if not put.succeeded:
        raise NotApplicable("the storage takes no object without a type")
    if "s3-access" not in conformance_case.target.capabilities or _typed(conformance_case, upload):
        raise NotApplicable("the storage may have chosen a type by itself")

    with observe.no_new_media(api):
        observe.refused_twice(api, upload)


def _store(harness: Harness, upload: Upload, stored_type: str) -> None:
    """Store a file of another type; through the bucket where the storage refuses it."""
    known = stored_type in RESULTING_TYPES
    # A server may read the type from the bytes (FH-COMPLETE-13): they never fit the declaration.
    body = sample_files.genuine(stored_type) if known else b"no picture\n"
    put = harness.storage.put(upload.url, body, stored_type)
    if not put.succeeded and "s3-access" in harness.target.capabilities:
        # The server must still check the type: an object can be replaced in other ways.
        harness.replace_object(upload.url, body, stored_type)


def _refused(exchange: Exchange, declared: str, stored: str) -> None:
    expect.answered(exchange)
    expect.that(
        exchange.refuses,
        f"a refusal (4xx) of an object of type {stored} where {declared} was declared",
        lambda: f"it was {exchange.summary()}",
        exchange,
        expect.REFUSAL_STATUS,
    )


def _was_typed(harness: Harness, upload: Upload, completed: Exchange) -> bool:
    """Whether the storage gave an object without a type the declared one, as its URL shows."""
    if "s3-access" in harness.target.capabilities and harness.bucket.behind(upload.signed):
        return _typed(harness, upload)
    shown = harness.api.get_media(expect.text(completed, "data", "id"))
    served = harness.storage.read(url) if (url := usable_url(shown)) else None
    return served is not None and served.content_type in reported_types(upload.content_type)


def _typed(harness: Harness, upload: Upload) -> bool:
    """Whether the bucket reports the declared type: some storages derive it from the key."""
    stored = harness.bucket.behind(upload.signed)
    return stored is None or stored.content_type in reported_types(upload.content_type)
