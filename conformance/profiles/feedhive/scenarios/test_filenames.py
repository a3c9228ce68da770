"""Everyday filenames: a filename that create accepts works from its upload to its delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.judge import expect
from conformance.judge.finding import NotApplicable, precondition
from conformance.model.signed_url import SignedUrl
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.files import url_of, usable_url
from conformance.profiles.feedhive.given import CREATE, UPLOAD_URL, upload_of
from conformance.suite.marks import requirement

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.upload import Media, Upload

_EVERYDAY = {
    "a space": "my picture.png",
    "an umlaut": "Grüße.png",
    "a combined umlaut": "Gru\u0308ße.png",
    "parentheses": "picture (1).png",
    "an upper-case extension": "DSC00042.PNG",
    "no extension": "picture",
    "an ampersand": "salt & pepper.png",
    "a plus sign": "one+one.png",
    "two dots": "holiday.2024.png",
    "Japanese": "日の出.png",
    "Cyrillic": "рассвет.png",
}
# Names that become equal where a clean-up drops what it does not know.
_ALIKE = {
    "spaces and signs": ["my picture.png", "my+picture.png", "my&picture.png", "my  picture.png"],
    "accents": ["façade.png", "fàcade.png", "facade.png"],
    "letter case": ["My Picture.png", "my PICTURE.PNG", "MY picture.png"],
    "other scripts": ["日の出.png", "рассвет.png", "夕焼け.png"],
    "one name": ["same picture.png", "same picture.png"],
}


@requirement("FH-CREATE-19")
@pytest.mark.parametrize("filename", _EVERYDAY.values(), ids=_EVERYDAY)
def test_create_accepts_an_everyday_filename(api: Api, given: Given, filename: str) -> None:
    given.working.create()

    exchange = api.create_upload(filename, "image/png")

    expect.success(exchange)


@requirement("FH-LIFECYCLE-01")
@pytest.mark.parametrize("filename", _EVERYDAY.values(), ids=_EVERYDAY)
def test_an_everyday_filename_lives_to_the_end(
    api: Api, given: Given, storage: Storage, filename: str
) -> None:
    given.working.get()
    given.working.delete()
    media = _media_called(api, given, filename)

    fetched = given.fetched(media)

    url = url_of(fetched)
    if url is not None and observe.readable_files(storage, given.fetched(given.shared.sample())):
        with precondition("FH-PUT-04"):
            served = storage.read(url)
            actual = f"it was {served.summary()}"
            expect.that(served.succeeded, "the bytes", actual, served)
    given.deleted(media)
    with precondition("FH-DELETE-02"):
        observe.gone(api, media.id)


@requirement("FH-DELETE-06")
def test_the_bucket_keeps_no_object_of_an_everyday_filename(
    api: Api, given: Given, conformance_case: Harness
) -> None:
    if not conformance_case.target.s3_bucket:
        raise NotApplicable("there is no access to the bucket: the case of media_url judges")
    given.working.delete()
    bucket = conformance_case.bucket
    names: dict[str, str] = {}
    for filename in _EVERYDAY.values():
        media = _accepted(api, given, filename)
        url = usable_url(given.fetched(media)) if media else ""
        stored = bucket.behind(SignedUrl(url)) if url else None
        stored = stored or (bucket.behind(media.upload.signed) if media else None)
        if media and stored:
            names[stored.key] = filename
            given.deleted(media)
    if not names:
        raise NotApplicable("no URL of the items names an object that the bucket has")

    observe.objects_gone(bucket, names)


@requirement("FH-CREATE-11")
@pytest.mark.parametrize("names", _ALIKE.values(), ids=_ALIKE)
def test_names_that_a_clean_up_makes_equal_get_their_own_objects(
    api: Api, given: Given, names: list[str]
) -> None:
    given.working.create()

    uploads = [upload for name in names if (upload := _created(api, name))]

    if len(uploads) < 2:
        raise NotApplicable("the server refuses these filenames")
    paths: dict[tuple[str, str], str] = {}
    for upload in uploads:
        place = upload.signed.host, upload.signed.path
        actual = f"{upload.filename!r} has the object of {paths.get(place)!r}"
        expect.that(
            place not in paths, "each session to have its own object", actual, upload.exchange
        )
        paths[place] = upload.filename


def _created(api: Api, filename: str) -> Upload | None:
    """Return an upload of a filename, or None where the server refuses the filename."""
    exchange = api.create_upload(filename, "image/png")
    if exchange.refuses:
        return None
    with precondition(CREATE):
        upload = upload_of(exchange, "image/png", filename)
    with precondition(UPLOAD_URL):  # a raw filename in the URL stops strict clients
        expect.url(exchange, "data", "upload_url")
    return upload


def _accepted(api: Api, given: Given, filename: str) -> Media | None:
    upload = _created(api, filename)
    return given.completed(given.stored(upload)) if upload else None


def _media_called(api: Api, given: Given, filename: str) -> Media:
    media = _accepted(api, given, filename)
    if media is None:
        raise NotApplicable("the server refuses this filename")
    return media
