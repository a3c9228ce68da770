"""POST /api/posts/media/upload."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from conformance import expect
from conformance.case import generated, requirement, search
from conformance.examination import parallel
from conformance.profiles.hayon.given import nothing_given, upload_of
from conformance.requirement import Level
from conformance.schema import exercise
from conformance.storage import SignedUrl
from conformance.verdict import Blocked, NotApplicable, precondition

if TYPE_CHECKING:
    from conformance.examination import Examination
    from conformance.profiles.hayon.api import Api
    from conformance.profiles.hayon.given import Given

_SUCCESS_MESSAGE = "Upload URL generated"
_INVALID_MESSAGE = "Invalid media type"
_HOUR_S = 3_600

_UNSUPPORTED = [
    *("image/gif", "image/svg+xml", "image/bmp", "application/pdf", "text/plain", "text/html"),
    *("audio/mpeg", "video/webm", "video/x-msvideo", "application/octet-stream", "image/*", "png"),
]
_NO_STRINGS = {
    "number": 7,
    "list": ["image/png"],
    "object": {"type": "image/png"},
    "boolean": True,
    "null": None,
}
_BROKEN_BODIES = {
    "cut short": b'{"contentType": "image/png"',
    "empty": b"",
    "plain text": b"contentType=image/png",
    "a list": b"[]",
    "null": b"null",
    "no UTF-8": b"\xff\xfe",
}


def _new_keys(given: Given) -> None:
    keys = [given.requested().key for _ in range(4)]
    expect.that(len(set(keys)) == len(keys), "four different keys", f"they are {keys}")


@requirement("HY-UPLOAD-01")
def test_a_request_gives_the_urls_and_the_key(api: Api) -> None:
    exchange = api.create_media_upload("image/png")

    upload_of(exchange, "image/png")


@pytest.mark.parametrize(
    "content_type",
    [
        pytest.param("image/png", marks=requirement("HY-UPLOAD-02")),
        pytest.param("image/jpeg", marks=requirement("HY-UPLOAD-03")),
        pytest.param("image/jpg", marks=requirement("HY-UPLOAD-04")),
        pytest.param("image/webp", marks=requirement("HY-UPLOAD-05")),
        pytest.param("video/mp4", marks=requirement("HY-UPLOAD-06")),
        pytest.param("video/quicktime", marks=requirement("HY-UPLOAD-07")),
    ],
)
def test_the_listed_type_is_accepted(api: Api, given: Given, content_type: str) -> None:
    given.working()

    exchange = api.create_media_upload(content_type)

    upload_of(exchange, content_type)


@requirement("HY-UPLOAD-08")
def test_success_is_true(given: Given) -> None:
    exchange = given.requested().exchange

    expect.that(
        exchange.at("success") is True,
        "`success` to be true",
        f"it is {exchange.at('success')!r}",
        exchange,
    )


@requirement("HY-UPLOAD-09")
def test_the_success_carries_the_documented_message(given: Given) -> None:
    exchange = given.requested().exchange

    expect.equal(exchange.at("message"), _SUCCESS_MESSAGE, "`message`", exchange)


@requirement("HY-UPLOAD-10")
@pytest.mark.parametrize("content_type", ["image/png", "image/webp", "video/mp4"])
def test_the_content_type_is_echoed(given: Given, content_type: str) -> None:
    exchange = given.requested(content_type).exchange

    echoed = exchange.at("data", "contentType")
    expect.equal(echoed, content_type, "`data.contentType`", exchange)


@requirement("HY-UPLOAD-11")
def test_the_key_is_what_the_upload_url_writes(given: Given) -> None:
    upload = given.requested()

    expect.that(
        upload.signed.path.endswith("/" + upload.key.lstrip("/")),
        "uploadUrl's path to end with s3Key",
        f"the path is {upload.signed.path}, the key {upload.key}",
        upload.exchange,
    )


@requirement("HY-UPLOAD-12")
def test_the_public_url_ends_with_the_key(given: Given) -> None:
    upload = given.requested()

    path = unquote(urlsplit(upload.public_url).path)

    expect.that(
        path.endswith("/" + upload.key.lstrip("/")),
        "s3Url's path to end with s3Key",
        f"the path is {path}, the key {upload.key}",
        upload.exchange,
    )


@requirement("HY-UPLOAD-13")
def test_the_public_url_carries_no_signature(given: Given) -> None:
    upload = given.requested()

    public = SignedUrl(upload.public_url)

    permanent = not public.signed and public.expires_at is None
    expect.that(permanent, "s3Url without a signature", "it is signed", upload.exchange)


@requirement("HY-UPLOAD-14")
def test_each_request_gives_a_new_key(given: Given) -> None:
    _new_keys(given)


@requirement("HY-UPLOAD-15")
def test_each_request_gives_a_new_upload_url(given: Given) -> None:
    with precondition("HY-UPLOAD-14"):
        _new_keys(given)

    urls = {given.requested().url for _ in range(4)}

    expect.equal(len(urls), 4, "how many upload URLs four requests give")


@requirement("HY-UPLOAD-16")
def test_concurrent_requests_give_different_keys(given: Given) -> None:
    with precondition("HY-UPLOAD-14"):
        _new_keys(given)

    uploads = parallel(8, lambda _: given.requested())

    keys = sorted(upload.key for upload in uploads)
    expect.that(len(set(keys)) == len(keys), "eight different keys", f"they are {keys}")


@requirement("HY-UPLOAD-17")
def test_the_upload_url_is_pre_signed(given: Given) -> None:
    upload = given.requested()

    names = sorted(upload.signed.parameters)
    expect.that(
        upload.signed.signed,
        "an upload URL with a signature",
        f"its parameters are {names}",
        upload.exchange,
    )


@requirement("HY-UPLOAD-18")
def test_the_upload_url_names_its_expiry(given: Given) -> None:
    upload = given.requested()

    expires_at = upload.signed.expires_at

    with precondition("HY-UPLOAD-17"):
        expect.that(upload.signed.signed, "a signature", "there is none", upload.exchange)
    expect.that(expires_at, "an upload URL that expires", "it names no expiry", upload.exchange)


@requirement("HY-UPLOAD-19")
def test_the_upload_url_expires_within_the_hour(given: Given) -> None:
    upload = given.requested()
    if upload.signed.lifetime_s is None:
        raise Blocked(limit="the lifetime of the upload URL cannot be read")

    lifetime = upload.signed.lifetime_s

    short = lifetime <= _HOUR_S
    expect.that(short, "at most an hour", f"it is {lifetime} seconds", upload.exchange)


@requirement("HY-UPLOAD-20")
def test_the_signature_parameters_are_consistent(given: Given) -> None:
    upload = given.requested()
    if upload.signed.signed and not upload.signed.is_sigv4:
        raise NotApplicable("the upload URL is signed by another scheme than SigV4")

    defects = upload.signed.sigv4_defects()

    with precondition("HY-UPLOAD-17"):
        expect.that(upload.signed.signed, "a signature", "there is none", upload.exchange)
    expect.that(not defects, "consistent SigV4 parameters", "; ".join(defects), upload.exchange)


@requirement("HY-UPLOAD-21")
@pytest.mark.parametrize("content_type", _UNSUPPORTED)
def test_an_unsupported_type_is_a_400(api: Api, given: Given, content_type: str) -> None:
    given.working()

    exchange = api.create_media_upload(content_type)

    expect.status(exchange, [400])
    nothing_given(exchange)


@requirement("HY-UPLOAD-22")
@pytest.mark.parametrize("content_type", ["image/gif", "application/pdf", "text/plain"])
def test_an_unsupported_type_gets_the_documented_message(
    api: Api, given: Given, content_type: str
) -> None:
    given.working()

    exchange = api.create_media_upload(content_type)

    with precondition("HY-UPLOAD-21"):
        nothing_given(exchange)
    expect.error_envelope(exchange)
    expect.equal(exchange.at("message"), _INVALID_MESSAGE, "`message`", exchange)


@requirement("HY-UPLOAD-23")
def test_a_missing_content_type_is_refused(api: Api, given: Given) -> None:
    given.working()

    exchange = api.create_media_upload(body={})

    expect.refused(exchange)
    nothing_given(exchange)


@requirement("HY-UPLOAD-24")
def test_an_empty_content_type_is_refused(api: Api, given: Given) -> None:
    given.working()

    exchange = api.create_media_upload("")

    expect.refused(exchange)
    nothing_given(exchange)


@requirement("HY-UPLOAD-25")
@pytest.mark.parametrize("content_type", _NO_STRINGS.values(), ids=_NO_STRINGS)
def test_a_content_type_that_is_no_string_is_refused(
    api: Api, given: Given, content_type: object
) -> None:
    given.working()

    exchange = api.create_media_upload(content_type)

    expect.refused(exchange)
    nothing_given(exchange)


@requirement("HY-UPLOAD-26")
@pytest.mark.parametrize("body", [{}, {"contentType": ""}], ids=["missing", "empty"])
def test_a_missing_content_type_gets_the_documented_message(
    api: Api, given: Given, body: dict[str, object]
) -> None:
    given.working()

    exchange = api.create_media_upload(body=body)

    with precondition("HY-UPLOAD-24" if body else "HY-UPLOAD-23"):
        expect.refused(exchange)
    expect.status(exchange, [400])
    expect.equal(exchange.at("message"), _INVALID_MESSAGE, "`message`", exchange)


@requirement("HY-UPLOAD-27")
@pytest.mark.parametrize("body", _BROKEN_BODIES.values(), ids=_BROKEN_BODIES)
def test_a_broken_body_is_refused(api: Api, given: Given, body: bytes) -> None:
    given.working()

    exchange = api.create_media_upload(body=body)

    expect.refused(exchange)


@requirement("HY-UPLOAD-28")
def test_two_callers_never_share_a_key(given: Given) -> None:
    mine = {given.requested().key for _ in range(3)}

    others = {given.requested(caller="other").key for _ in range(3)}

    shared = mine & others
    expect.that(not shared, "different keys", f"both callers have {shared}")


@pytest.mark.parametrize(
    "level",
    [
        pytest.param(Level.MUST, marks=requirement("HY-UPLOAD-SCHEMA")),
        pytest.param(Level.SHOULD, marks=requirement("HY-UPLOAD-SCHEMA-REF")),
    ],
)
def test_a_success_has_the_documented_shape(
    given: Given, conformance_case: Examination, level: Level
) -> None:
    exchange = given.requested("video/mp4").exchange

    conformance_case.hold_to(exchange, level)


@requirement("HY-UPLOAD-SCHEMA")
@search
@generated
def test_generated_requests_get_answers_of_the_documented_shape(
    given: Given, conformance_case: Examination
) -> None:
    given.working()

    exercise(conformance_case, "create_media_upload", ["-"], robust="HY-UPLOAD-27")
