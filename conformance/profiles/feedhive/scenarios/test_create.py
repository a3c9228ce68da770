"""POST /media/uploads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.harness import upload_url
from conformance.judge import expect
from conformance.judge.finding import NotApplicable
from conformance.profiles.feedhive.create_body import (
    BROKEN_BODIES,
    NO_STRINGS,
    ODD_BODIES,
    TYPES_IN_DISGUISE,
    UNLABELLED,
)
from conformance.profiles.feedhive.filename import HOSTILE, crowd_of_one_name
from conformance.profiles.feedhive.given import unique_filename, upload_of
from conformance.profiles.feedhive.upload import RESULTING_TYPES
from conformance.suite.marks import requirement

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given

# Types that are not supported, each with its own extension.
_UNSUPPORTED = {
    "webp": "image/webp",
    "heic": "image/heic",
    "avif": "image/avif",
    "svg": "image/svg+xml",
    "webm": "video/webm",
    "pdf": "application/pdf",
}


@requirement("FH-CREATE-01")
def test_create_gives_an_upload_session(api: Api) -> None:
    name = unique_filename("image/png")

    exchange = api.create_upload(name, "image/png")

    upload_of(exchange, "image/png", name)
    expect.text(exchange, "data", "expires_at")


@requirement("FH-CREATE-01")
def test_the_filename_of_a_deleted_media_can_be_used_again(api: Api, given: Given) -> None:
    given.working.create()
    name = given.deleted(given.media()).upload.filename

    exchange = api.create_upload(name, "image/png")

    upload_of(exchange, "image/png", name)


@requirement("FH-CREATE-02")
@pytest.mark.parametrize("content_type", RESULTING_TYPES)
def test_create_accepts_the_supported_type(api: Api, given: Given, content_type: str) -> None:
    given.working.create()

    exchange = api.create_upload(unique_filename(content_type), content_type)

    expect.success(exchange)


@requirement("FH-CREATE-03")
def test_create_refuses_a_missing_filename(api: Api, given: Given) -> None:
    given.working.create()

    exchange = api.create_upload(body={"content_type": "image/png"})

    given.refused_for_its_body(exchange)


@requirement("FH-CREATE-04")
def test_create_refuses_an_empty_filename(api: Api, given: Given) -> None:
    given.working.create()

    exchange = api.create_upload("", "image/png")

    given.refused_for_its_body(exchange)


@requirement("FH-CREATE-05")
@pytest.mark.parametrize("filename", NO_STRINGS.values(), ids=NO_STRINGS)
def test_create_refuses_a_filename_that_is_no_string(
    api: Api, given: Given, filename: object
) -> None:
    given.working.create()

    exchange = api.create_upload(filename, "image/png")

    given.refused_for_its_body(exchange)


@requirement("FH-CREATE-06")
def test_create_refuses_a_missing_content_type(api: Api, given: Given) -> None:
    given.working.create()

    exchange = api.create_upload(body={"filename": unique_filename("image/png")})

    given.refused_for_its_body(exchange)


@requirement("FH-CREATE-07")
@pytest.mark.parametrize(
    "content_type",
    [*NO_STRINGS.values(), *TYPES_IN_DISGUISE.values()],
    ids=[*NO_STRINGS, *TYPES_IN_DISGUISE],
)
def test_create_refuses_a_content_type_that_is_no_string(
    api: Api, given: Given, content_type: object
) -> None:
    given.working.create()

    exchange = api.create_upload(unique_filename("image/png"), content_type)

    given.refused_for_its_body(exchange)


@requirement("FH-CREATE-08")
@pytest.mark.parametrize(
    "content_type",
    [
        *("image/webp", "image/svg+xml", "image/bmp", "image/tiff", "image/heic"),
        *("video/webm", "video/x-msvideo", "audio/mpeg", "application/pdf", "text/plain"),
        *("text/html", "application/octet-stream", "image/*", "image", "png", "x/png"),
        *("image/pngx", "x-image/png", "image/png2", "video/mp4v", "image/avif", "video/mpeg"),
        *("image/x-png", "image/pjpeg", "video/x-m4v", "image/x-icon", "image/jp2", "image/jxl"),
        *("image/heif", "image/x-conformance", "video/x-conformance"),
        pytest.param("text/plain; a=image/png", id="a type as a parameter"),
        pytest.param("", id="empty"),
    ],
)
def test_create_refuses_an_unsupported_type(api: Api, given: Given, content_type: str) -> None:
    given.working.create()

    exchange = api.create_upload("picture.png", content_type)

    given.refused_for_its_body(exchange)


@requirement("FH-CREATE-08")
def test_an_extension_makes_no_type_supported(api: Api, given: Given) -> None:
    given.working.create()

    for extension, content_type in _UNSUPPORTED.items():
        exchange = api.create_upload(f"picture.{extension}", content_type)
        given.refused_for_its_body(exchange)


@requirement("FH-CREATE-09")
@pytest.mark.parametrize("body", BROKEN_BODIES.values(), ids=BROKEN_BODIES)
def test_create_refuses_a_body_that_is_no_json_object(api: Api, given: Given, body: bytes) -> None:
    given.working.create()

    exchange = api.create_upload(body=body)

    given.refused_for_its_body(exchange)


@requirement("FH-CREATE-10")
def test_sessions_never_share_an_id(given: Given) -> None:
    given.working.create()

    uploads = crowd_of_one_name(given)

    ids = [upload.id for upload in uploads]
    shared = sorted({upload_id for upload_id in ids if ids.count(upload_id) > 1})
    actual = f"two have {''.join(shared[:1])}"
    expect.that(not shared, "each session to have its own upload id", actual)


@requirement("FH-CREATE-11")
def test_sessions_never_share_an_object(given: Given) -> None:
    given.working.create()

    uploads = crowd_of_one_name(given)

    # The host may name the bucket, or one of several stores.
    places = [(upload.signed.host, upload.signed.path) for upload in uploads]
    shared = sorted({path for host, path in places if places.count((host, path)) > 1})
    actual = f"two have {''.join(shared[:1])}"
    expect.that(not shared, "each session to have its own object", actual)


@requirement("FH-CREATE-11")
def test_callers_never_share_an_object(given: Given, conformance_case: Harness) -> None:
    if "other-token" not in conformance_case.target.capabilities:
        raise NotApplicable("there is no second caller who could get the same object")
    name = unique_filename("image/png")

    mine, others = (given.created_upload(filename=name, caller=who) for who in ("main", "other"))

    # The host differs where each caller has a bucket.
    apart = (mine.signed.host, mine.signed.path) != (others.signed.host, others.signed.path)
    expect.that(apart, "each caller to have its own object", "both have one", others.exchange)


@requirement("FH-CREATE-14")
def test_the_upload_url_is_pre_signed(given: Given) -> None:
    upload = given.created_upload()

    absolute = upload.url.lower().startswith(("https://", "http://"))
    expect.that(absolute, "an absolute upload URL", "it is not absolute", upload.exchange)
    upload_url.is_signed(upload)


@requirement("FH-CREATE-16")
def test_the_signature_parameters_are_consistent(given: Given) -> None:
    upload = given.created_upload()

    upload_url.is_consistently_signed(upload)


@requirement("FH-CREATE-17")
@pytest.mark.parametrize("filename", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_filename_gives_a_working_upload_or_a_refusal(
    api: Api, given: Given, storage: Storage, filename: str
) -> None:
    given.working.get()
    given.working.delete()

    exchange = api.create_upload(filename, "image/png")

    expect.not_a_server_error(exchange)
    if exchange.succeeded:
        upload = upload_of(exchange, "image/png", filename)
        stored = storage.put(upload.url, given.genuine("image/png"), "image/png")
        # A storage's own failure on a very long key proves nothing about the API.
        if stored.status is None or stored.status < 500:
            expect.stored(stored)
            _lives_to_the_end(api, upload.id)


@requirement("FH-CREATE-18")
@pytest.mark.parametrize(
    "body",
    [
        *BROKEN_BODIES.values(),
        b'{"filename": "a.png", "content_type": "image/png"',
        b"\xff\xfe",
        b'{"filename": {"$gt": ""}, "content_type": {"$gt": ""}}',
        *ODD_BODIES.values(),
    ],
    ids=[*BROKEN_BODIES, "one brace short", "no UTF-8", "operators", *ODD_BODIES],
)
def test_bad_input_to_create_is_no_server_error(api: Api, given: Given, body: bytes) -> None:
    given.working.create()

    exchange = api.create_upload(body=body)

    expect.not_a_server_error(exchange)


@requirement("FH-CREATE-18")
@pytest.mark.parametrize(("body", "label"), UNLABELLED.values(), ids=UNLABELLED)
def test_a_create_without_its_label_is_no_server_error(
    api: Api, given: Given, body: bytes, label: str | None
) -> None:
    given.working.create()

    exchange = api.create_upload(body=body, label=label)

    expect.not_a_server_error(exchange)


def _lives_to_the_end(api: Api, upload_id: str) -> None:
    """Judge that an upload can be completed, its media fetched, and deleted."""
    completed = api.complete_upload(upload_id)
    expect.success(completed)
    media_id = expect.text(completed, "data", "id")
    expect.success(api.get_media(media_id))
    expect.success(api.delete_media(media_id))
