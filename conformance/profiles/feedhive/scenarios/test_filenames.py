"""Everyday filenames: a filename that create accepts works from its upload to its delete."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from conformance.harness.concurrency import parallel
from conformance.judge import expect
from conformance.judge.finding import NotApplicable, precondition
from conformance.model.signed_url import SignedUrl
from conformance.profiles.feedhive import kept_files, observe
from conformance.profiles.feedhive.filename import (
    ALIKE,
    EVERYDAY,
    MEDIA_ALIKE,
    WITH_SIGNS,
    everyday_media,
    media_if_accepted,
    upload_if_accepted,
)
from conformance.profiles.feedhive.files import read_in_time, url_of, usable_url
from conformance.suite.marks import requirement

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given

# Create may refuse a sign, but what it accepts must work.
_NAMES = {**EVERYDAY, **WITH_SIGNS}
# How many files of the bucket are made at once.
_AT_ONCE = 6


@requirement("FH-CREATE-19")
@pytest.mark.parametrize("filename", EVERYDAY.values(), ids=EVERYDAY)
def test_create_accepts_an_everyday_filename(api: Api, given: Given, filename: str) -> None:
    given.working.create()

    exchange = api.create_upload(filename, "image/png")

    expect.success(exchange)


@requirement("FH-LIFECYCLE-01")
@pytest.mark.parametrize("filename", _NAMES.values(), ids=_NAMES)
def test_an_everyday_filename_lives_to_the_end(
    api: Api, given: Given, storage: Storage, filename: str
) -> None:
    given.working.get()
    given.working.delete()
    media = everyday_media(api, given, filename)

    fetched = given.fetched(media)

    url = url_of(fetched)
    if url is not None and kept_files.readable_files(storage, given.fetched(given.shared.sample())):
        with precondition("FH-PUT-04"):
            served = read_in_time(storage, url)
            actual = f"it was {served.summary()}"
            expect.that(served.succeeded, "the bytes", actual, served)
    given.deleted(media)
    with precondition("FH-DELETE-02"):
        observe.gone(api, media.id)


@requirement("FH-LIFECYCLE-01")
def test_media_of_alike_filenames_live_apart(api: Api, given: Given, storage: Storage) -> None:
    given.working.get()
    token = uuid4().hex[:8]
    names = [name.format(token) for name in MEDIA_ALIKE]

    found = [media_if_accepted(api, given, name) for name in names]

    media = [one for one in found if one is not None]
    shown = parallel(lambda one: api.get_media(one.id), media)
    for exchange in shown:
        expect.success(exchange)
    ids = [one.id for one in media]
    expect.that(len(set(ids)) == len(ids), "a media item for each upload", "two have one id")
    # The oracles hold each file against those of the other uploads.
    parallel(storage.read, filter(None, map(usable_url, shown)))


@requirement("FH-DELETE-06")
def test_the_bucket_keeps_no_object_of_an_everyday_filename(
    api: Api, given: Given, conformance_case: Harness
) -> None:
    if not conformance_case.target.s3_bucket:
        raise NotApplicable("there is no access to the bucket: the case of media_url judges")
    given.working.delete()
    bucket = conformance_case.bucket

    def key_of_the_deleted(filename: str) -> str | None:
        media = media_if_accepted(api, given, filename)
        url = usable_url(given.fetched(media)) if media else ""
        stored = bucket.behind(SignedUrl(url)) if url else None
        stored = stored or (bucket.behind(media.upload.signed) if media else None)
        if media and stored:
            given.deleted(media)
        return stored.key if stored else None

    keys = parallel(key_of_the_deleted, _NAMES.values(), _AT_ONCE)
    names = {key: name for key, name in zip(keys, _NAMES.values(), strict=True) if key}
    if not names:
        raise NotApplicable("no URL of the items names an object that the bucket has")

    observe.objects_gone(bucket, names)


@requirement("FH-CREATE-11")
@pytest.mark.parametrize("names", ALIKE.values(), ids=ALIKE)
def test_names_that_a_clean_up_makes_equal_get_their_own_objects(
    api: Api, given: Given, names: list[str]
) -> None:
    given.working.create()

    uploads = [upload for name in names if (upload := upload_if_accepted(api, name))]

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
