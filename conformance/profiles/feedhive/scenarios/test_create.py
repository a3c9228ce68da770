"""POST /media/uploads."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from conformance.harness import upload_url
from conformance.harness.expiry import server_time
from conformance.judge import expect
from conformance.judge.finding import Blocked, NotApplicable
from conformance.profiles.feedhive.create_body import (
    BROKEN_BODIES,
    NO_STRINGS,
    ODD_BODIES,
    TYPES_IN_DISGUISE,
    UNLABELLED,
)
from conformance.profiles.feedhive.filename import HOSTILE, crowd_of_one_name
from conformance.profiles.feedhive.given import unique_filename, upload_of
from conformance.profiles.feedhive.lifetimes import (
    TOLERANCE_S,
    expire_together,
    in_whole_minutes,
    rounding_s,
)
from conformance.profiles.feedhive.upload import RESULTING_TYPES
from conformance.suite.marks import requirement, waits

if TYPE_CHECKING:
    from conformance.harness.expiring import Expiring
    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.model.signed_url import SignedUrl
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.upload import Upload

_LIFE_S = 600
# Types that are not supported, each with its own extension.
_UNSUPPORTED = {
    "webp": "image/webp",
    "heic": "image/heic",
    "avif": "image/avif",
    "svg": "image/svg+xml",
    "webm": "video/webm",
    "pdf": "application/pdf",
}
# Whole seconds on both sides, and the same clock twice.
_DRIFT_S = 3.0


@requirement("FH-CREATE-01")
def test_create_gives_an_upload_session(api: Api) -> None:
    name = unique_filename("image/png")

    exchange = api.create_upload(name, "image/png")

    upload_of(exchange, "image/png", name)
    expect.text(exchange, "data", "expires_at")


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


@requirement("FH-CREATE-12")
def test_expires_at_is_an_iso_8601_date_time(given: Given) -> None:
    upload = given.created_upload()

    expect.moment(upload.exchange, "data", "expires_at")


@requirement("FH-CREATE-13")
def test_the_session_is_announced_to_live_ten_minutes(given: Given) -> None:
    upload = given.created_upload()
    if upload.expires_at is None:
        raise Blocked(limit="expires_at cannot be read: see FH-CREATE-12")

    clocks = [server_time(upload.exchange) or datetime.now(UTC), upload.signed.signed_at]

    ahead = [(upload.expires_at - now).total_seconds() for now in clocks if now]
    latest = _LIFE_S + TOLERANCE_S + rounding_s(upload.expires_at)
    expect.that(
        any(_LIFE_S - TOLERANCE_S <= one <= latest for one in ahead),
        f"expires_at to lie about {_LIFE_S} seconds ahead of the server's Date or of X-Amz-Date",
        f"it lies {' and '.join(f'{one:.0f}' for one in ahead)} seconds ahead",
        upload.exchange,
    )


@requirement("FH-CREATE-13")
@waits
def test_the_announced_expiry_moves_on_with_the_clock(
    given: Given, expiring: Expiring[Upload]
) -> None:
    early = given.working.create()
    expiring.over()
    late = given.created_upload()
    moved = _seconds_between(early.expires_at, late.expires_at)
    passed = _seconds_between(server_time(early.exchange), server_time(late.exchange))
    drift = _DRIFT_S + _answering_s(early) + _answering_s(late)

    if moved is None or passed is None or passed <= drift + 1:
        raise NotApplicable("no two sessions were created some seconds apart, by their Date")
    if in_whole_minutes(early.expires_at) and in_whole_minutes(late.expires_at):
        raise NotApplicable("expires_at is rounded to whole minutes")
    expect.that(
        abs(moved - passed) <= drift,
        f"expires_at to move on by the {passed:.0f} seconds between two sessions",
        f"it moved by {moved:.0f}",
        late.exchange,
    )


@requirement("FH-CREATE-14")
def test_the_upload_url_is_pre_signed(given: Given) -> None:
    upload = given.created_upload()

    absolute = upload.url.lower().startswith(("https://", "http://"))
    expect.that(absolute, "an absolute upload URL", "it is not absolute", upload.exchange)
    upload_url.is_signed(upload)


@requirement("FH-CREATE-15")
@pytest.mark.parametrize("content_type", RESULTING_TYPES)
def test_the_urls_own_expiry_agrees_with_expires_at(given: Given, content_type: str) -> None:
    upload = given.created_upload(content_type)
    own = _own_expiry(upload)
    if upload.expires_at is None:
        raise Blocked(limit="expires_at cannot be read: see FH-CREATE-12")

    expect.that(
        expire_together(upload.expires_at, own),
        f"the URL to expire when expires_at says, {upload.expires_at.isoformat()}",
        f"it expires at {own.isoformat()}",
        upload.exchange,
    )


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


def _own_expiry(upload: Upload) -> datetime:
    """Judge that the expiry in the upload URL can be read, and return it."""
    signed = upload.signed
    found = signed.expires_at
    if found is None and not signed.must_name_its_expiry:
        raise Blocked(limit="the signature of the upload URL shows no expiry")
    if found is None:
        names = ("X-Amz-Date", "X-Amz-Expires", "Expires")
        shown = ", ".join(f"{name} {expect.shown(_brief(signed, name))}" for name in names)
        wanted = "an upload URL that says when it expires"
        expect.violated(wanted, f"it cannot be read: {shown}", upload.exchange)
    return found


def _brief(signed: SignedUrl, name: str) -> str | None:
    value = signed.parameter(name)
    return value and value[:40]


def _lives_to_the_end(api: Api, upload_id: str) -> None:
    """Judge that an upload can be completed, its media fetched, and deleted."""
    completed = api.complete_upload(upload_id)
    expect.success(completed)
    media_id = expect.text(completed, "data", "id")
    expect.success(api.get_media(media_id))
    expect.success(api.delete_media(media_id))


def _seconds_between(first: datetime | None, second: datetime | None) -> float | None:
    return (second - first).total_seconds() if first and second else None


def _answering_s(upload: Upload) -> float:
    """Return how long the answer took: expires_at may be from its begin, Date from its end."""
    return upload.exchange.response.elapsed_s if upload.exchange.response else 0.0
