"""POST /api/posts/media/upload."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.harness.boundaries import probe
from conformance.harness.concurrency import parallel
from conformance.harness.fuzz import exercise
from conformance.judge import expect
from conformance.judge.cut_off import was_answered
from conformance.judge.finding import precondition
from conformance.model.requirement import Level
from conformance.model.signed_url import SignedUrl
from conformance.profiles.hayon.bad_requests import (
    BROKEN_BODIES,
    INVALID_MESSAGE,
    MISPLACED,
    NO_STRINGS,
    NO_TYPES,
    ODD_REQUESTS,
    RARELY_ASKED,
    UNSUPPORTED,
)
from conformance.profiles.hayon.given import SUCCESS_MESSAGE, nothing_given, upload_of
from conformance.profiles.hayon.links import ROBUST
from conformance.suite.marks import generated, requirement, search

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.profiles.hayon.api import Api
    from conformance.profiles.hayon.given import Given


@requirement("HY-UPLOAD-01")
def test_a_request_gives_the_urls_and_the_key(api: Api) -> None:
    exchange = api.create_media_upload("image/png")

    upload = upload_of(exchange, "image/png")
    for name, url in (("uploadUrl", upload.url), ("s3Url", upload.public_url)):
        whole = SignedUrl(url).host and url.lower().startswith(("http://", "https://"))
        expect.that(whole, f"`{name}` to be an absolute URL", f"it is {url}", exchange)


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
        f"it is {expect.shown(exchange.at('success'))}",
        exchange,
    )


@requirement("HY-UPLOAD-31")
def test_the_success_has_the_status_of_the_example(given: Given) -> None:
    exchanges = [upload.exchange for upload in given.each()]

    for exchange in exchanges:
        expect.status(exchange, [200])


@requirement("HY-UPLOAD-32")
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_another_method_gives_no_upload(
    given: Given, conformance_case: Harness, method: str
) -> None:
    given.working()

    exchange = conformance_case.client.send(
        method,
        conformance_case.target.base_url.rstrip("/") + "/api/posts/media/upload",
        headers={"Content-Type": "application/json"},
        content=b"" if method in {"GET", "DELETE"} else b'{"contentType": "image/png"}',
        caller="main",
    )

    expect.answered(exchange)
    # A GET may show a page for people.
    success = exchange.succeeded and isinstance(exchange.json, dict)
    actual = f"it was {exchange.summary()}"
    expect.that(not success, f"no success of {method} in JSON", actual, exchange)


@requirement("HY-UPLOAD-09")
def test_the_success_carries_the_documented_message(given: Given) -> None:
    exchanges = [upload.exchange for upload in given.each()]

    for exchange in exchanges:
        expect.equal(exchange.at("message"), SUCCESS_MESSAGE, "`message`", exchange)


@requirement("HY-UPLOAD-10")
def test_the_content_type_is_echoed(given: Given) -> None:
    uploads = given.each()

    for upload in uploads:
        asked, echoed = upload.content_type, upload.exchange.at("data", "contentType")
        if (asked, echoed) != ("image/jpg", "image/jpeg"):  # two names of one type
            expect.equal(echoed, asked, "`data.contentType`", upload.exchange)


@requirement("HY-UPLOAD-21")
@pytest.mark.parametrize("content_type", UNSUPPORTED)
def test_an_unsupported_type_is_a_400(api: Api, given: Given, content_type: str) -> None:
    given.working()

    exchange = api.create_media_upload(content_type)

    expect.status(exchange, [400])
    nothing_given(exchange)


@requirement("HY-UPLOAD-21")
def test_rarer_unsupported_types_are_a_400(api: Api, given: Given) -> None:
    given.working()
    caller = given.callers[-1]  # the other cases ask as the main one

    exchanges = parallel(
        lambda one: api.create_media_upload(one, caller=caller), ("image/gif", *RARELY_ASKED)
    )

    for exchange in exchanges:
        expect.status(exchange, [400])
        nothing_given(exchange)


@requirement("HY-UPLOAD-21")
@pytest.mark.parametrize("content_type", NO_TYPES.values(), ids=NO_TYPES)
def test_what_is_no_type_is_refused(api: Api, given: Given, content_type: str) -> None:
    given.working()

    exchange = api.create_media_upload(content_type)

    was_answered(exchange)
    # The page names 400 for an unsupported type; a firewall may refuse the rest otherwise.
    given.refused_for_its_body(exchange)
    nothing_given(exchange)


@requirement("HY-UPLOAD-22")
@pytest.mark.parametrize("content_type", UNSUPPORTED)
def test_an_unsupported_type_gets_the_documented_message(
    api: Api, given: Given, content_type: str
) -> None:
    given.working()

    exchange = api.create_media_upload(content_type)

    with precondition("HY-UPLOAD-21"):
        nothing_given(exchange)
    expect.error_envelope(exchange)
    expect.equal(exchange.at("message"), INVALID_MESSAGE, "`message`", exchange)


@requirement("HY-UPLOAD-23")
def test_a_missing_content_type_is_refused(api: Api, given: Given) -> None:
    given.working()

    exchanges = [api.create_media_upload(body={}, caller=caller) for caller in given.callers]

    for exchange in exchanges:
        given.refused_for_its_body(exchange)
        nothing_given(exchange)


@requirement("HY-UPLOAD-23")
def test_no_type_is_taken_from_elsewhere(api: Api, given: Given) -> None:
    given.working()

    exchanges = [
        api.create_media_upload(body=MISPLACED),
        api.create_media_upload(body=b"", headers={"Content-Type": "image/png"}),
    ]

    for exchange in exchanges:
        given.refused_for_its_body(exchange)
        nothing_given(exchange)


@pytest.mark.parametrize(
    "content_type",
    [
        pytest.param("image/gif", marks=requirement("HY-UPLOAD-21"), id="another type"),
        pytest.param("", marks=requirement("HY-UPLOAD-24"), id="empty"),
        pytest.param(None, marks=requirement("HY-UPLOAD-25"), id="null"),
    ],
)
def test_no_other_member_replaces_the_type(
    api: Api, given: Given, content_type: str | None
) -> None:
    given.working()

    exchange = api.create_media_upload(body={**MISPLACED, "contentType": content_type})

    given.refused_for_its_body(exchange)
    nothing_given(exchange)


@requirement("HY-UPLOAD-24")
def test_an_empty_content_type_is_refused(api: Api, given: Given) -> None:
    given.working()

    for nothing in ("", "  "):
        exchange = api.create_media_upload(nothing)

        given.refused_for_its_body(exchange)
        nothing_given(exchange)


@requirement("HY-UPLOAD-25")
@pytest.mark.parametrize("content_type", NO_STRINGS.values(), ids=NO_STRINGS)
def test_a_content_type_that_is_no_string_is_refused(
    api: Api, given: Given, content_type: object
) -> None:
    given.working()

    exchange = api.create_media_upload(content_type)

    given.refused_for_its_body(exchange)
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
    expect.equal(exchange.at("message"), INVALID_MESSAGE, "`message`", exchange)


@requirement("HY-UPLOAD-27")
@pytest.mark.parametrize("body", BROKEN_BODIES.values(), ids=BROKEN_BODIES)
def test_a_broken_body_is_refused(api: Api, given: Given, body: bytes) -> None:
    given.working()

    exchange = api.create_media_upload(body=body)

    given.refused_for_its_body(exchange)


@requirement("HY-UPLOAD-27")
def test_a_member_given_twice_is_no_server_error(api: Api, given: Given) -> None:
    given.working()

    exchange = api.create_media_upload(body=b'{"contentType": 7, "contentType": "image/png"}')

    expect.not_a_server_error(exchange)  # a parser may take the last of them


@requirement("HY-UPLOAD-27")
@pytest.mark.parametrize("label", ["text/plain", "application/x-www-form-urlencoded", None])
@pytest.mark.parametrize("body", [b'{"contentType": "image/png"}', b""], ids=["JSON", "nothing"])
def test_a_body_that_is_not_labelled_json_is_no_server_error(
    api: Api, given: Given, label: str | None, body: bytes
) -> None:
    given.working()

    exchange = api.create_media_upload(body=body, headers={"Content-Type": label})

    # The server may read it, refuse it, or miss a contentType in it.
    expect.not_a_server_error(exchange)


@requirement("HY-UPLOAD-27")
@pytest.mark.parametrize(("body", "headers"), ODD_REQUESTS.values(), ids=ODD_REQUESTS)
def test_an_odd_request_is_no_server_error(
    api: Api, given: Given, body: bytes, headers: dict[str, str]
) -> None:
    given.working()

    exchange = api.create_media_upload(body=body, headers=headers)

    was_answered(exchange)
    expect.not_a_server_error(exchange)  # the server may read it or refuse it


@pytest.mark.parametrize(
    "level",
    [
        pytest.param(Level.MUST, marks=requirement("HY-UPLOAD-SCHEMA")),
        pytest.param(Level.SHOULD, marks=requirement("HY-UPLOAD-SCHEMA-REF")),
    ],
)
def test_a_success_has_the_documented_shape(
    given: Given, conformance_case: Harness, level: Level
) -> None:
    exchange = given.requested("video/mp4").exchange

    conformance_case.hold_to(exchange, level)


@requirement("HY-UPLOAD-SCHEMA")
@generated
def test_requests_at_the_boundaries_get_answers_of_the_documented_shape(
    given: Given, conformance_case: Harness
) -> None:
    given.working()

    probe(conformance_case, "create_media_upload", ["-"], robust=ROBUST)


@requirement("HY-UPLOAD-SCHEMA")
@search
@generated
def test_generated_requests_get_answers_of_the_documented_shape(
    given: Given, conformance_case: Harness
) -> None:
    given.working()

    exercise(conformance_case, "create_media_upload", ["-"], robust=ROBUST)
