"""Bearer keys, and the secrets that no answer may reveal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.harness import bad_credentials
from conformance.harness.concurrency import parallel
from conformance.judge import expect
from conformance.judge.finding import NotApplicable
from conformance.profiles.hayon.bad_requests import WAYS
from conformance.profiles.hayon.given import ACCEPTED_TYPES, no_upload_in, nothing_given
from conformance.suite.marks import requirement

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.hayon.api import Api
    from conformance.profiles.hayon.given import Given

_PROVES = {
    "no header": "HY-AUTH-01",
    "empty": "HY-AUTH-01",
    bad_credentials.UNTRUSTED: "HY-AUTH-01",
    "no key": "HY-AUTH-02",
    **dict.fromkeys(bad_credentials.UNKNOWN, "HY-AUTH-02"),
    "another scheme": "HY-AUTH-03",
    **dict.fromkeys(bad_credentials.ALTERED, "HY-AUTH-04"),
}


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=requirement(row)) for kind, row in _PROVES.items()]
)
def test_without_a_valid_key_no_upload_is_given(
    api: Api, given: Given, conformance_case: Harness, kind: str
) -> None:
    given.working()
    headers = bad_credentials.headers(kind, conformance_case)

    exchange = api.create_media_upload("image/png", caller=None, headers=headers)

    nothing_given(exchange)


@requirement("HY-AUTH-01")
@pytest.mark.parametrize("content_type", ACCEPTED_TYPES[1:])
def test_no_type_is_given_without_a_header(api: Api, given: Given, content_type: str) -> None:
    given.working()

    exchange = api.create_media_upload(content_type, caller=None)

    nothing_given(exchange)


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=requirement(_PROVES[kind]))
        for kind in ("garbage", "changed inside")
    ],
)
def test_no_type_is_given_for_a_bad_key(
    api: Api, given: Given, conformance_case: Harness, kind: str
) -> None:
    given.working()
    headers = bad_credentials.headers(kind, conformance_case)

    exchanges = parallel(
        lambda one: api.create_media_upload(one, caller=None, headers=headers), ACCEPTED_TYPES[1:]
    )

    for exchange in exchanges:
        nothing_given(exchange)


@requirement("HY-AUTH-01")
@pytest.mark.parametrize(("method", "path"), WAYS.values(), ids=WAYS)
def test_no_other_way_gives_an_upload_without_a_header(
    api: Api, given: Given, method: str, path: str
) -> None:
    given.working()

    exchange = api.ask_otherwise(method, path)

    # The page does not document such a request: any answer is allowed, a web page too.
    no_upload_in(exchange)


@requirement("HY-AUTH-02")
def test_a_key_that_nobody_has_gets_nothing_beside_valid_ones(
    api: Api, given: Given, conformance_case: Harness
) -> None:
    given.working()
    unknown = bad_credentials.headers("garbage", conformance_case)

    def ask(number: int) -> Exchange:
        if number % 2:
            return api.create_media_upload("image/png", caller=None, headers=unknown)
        return api.create_media_upload("image/png")

    for exchange in parallel(ask, range(12))[1::2]:
        nothing_given(exchange)


@requirement("HY-AUTH-02")
def test_a_key_that_matches_every_key_gets_nothing(api: Api, given: Given) -> None:
    given.working()
    keys = [{"Authorization": f"Bearer {pattern}"} for pattern in bad_credentials.PATTERNS]

    exchanges = parallel(
        lambda one: api.create_media_upload("image/png", caller=None, headers=one), keys
    )

    # A firewall may answer such a request with a page, or not at all.
    for exchange in exchanges:
        no_upload_in(exchange)


@requirement("HY-AUTH-04")
def test_a_key_with_a_changed_end_gets_nothing(
    api: Api, given: Given, conformance_case: Harness
) -> None:
    given.working()
    headers = bad_credentials.other_ends(conformance_case)
    if not headers:
        raise NotApplicable("the key is too short to be changed at its ends")

    exchanges = parallel(
        lambda one: api.create_media_upload("image/png", caller=None, headers=one), headers
    )

    for exchange in exchanges:
        nothing_given(exchange)


@requirement("HY-AUTH-03")
def test_no_other_first_word_gives_an_upload(
    api: Api, given: Given, conformance_case: Harness
) -> None:
    given.working()
    headers = bad_credentials.other_schemes(conformance_case.target.token)

    exchanges = parallel(
        lambda one: api.create_media_upload("image/png", caller=None, headers=one), headers
    )

    for exchange in exchanges:
        nothing_given(exchange)


@requirement("HY-AUTH-05")
def test_the_key_without_a_scheme_is_a_401(
    api: Api, given: Given, conformance_case: Harness
) -> None:
    given.working()
    bare = {"Authorization": conformance_case.target.token}

    exchange = api.create_media_upload("image/png", caller=None, headers=bare)

    # The page shows Bearer and refuses nothing; only the public server is known to do so.
    expect.status(exchange, [401])


@requirement("HY-AUTH-05")
@pytest.mark.parametrize("kind", bad_credentials.AUTHORIZATIONS)
def test_without_a_valid_key_the_answer_is_a_json_401(
    api: Api, given: Given, conformance_case: Harness, kind: str
) -> None:
    given.working()
    headers = bad_credentials.headers(kind, conformance_case)

    exchange = api.create_media_upload("image/png", caller=None, headers=headers)

    expect.status(exchange, [401])
    expect.error_envelope(exchange)


@requirement("HY-AUTH-05")
@pytest.mark.parametrize(
    "body", [{}, {"contentType": "text/plain"}], ids=["no content type", "another type"]
)
def test_a_bad_body_without_a_key_is_refused_in_json(
    api: Api, given: Given, body: dict[str, object]
) -> None:
    given.working()

    exchange = api.create_media_upload(body=body, caller=None)

    # There are two reasons to refuse it, and no document says which one comes first.
    expect.status(exchange, [400, 401, 422])
    expect.error_envelope(exchange)


@requirement("HY-AUTH-06")
@pytest.mark.parametrize(
    "body",
    [b"{", b"{}", b'{"contentType": "text/plain"}'],
    ids=["cut short", "no content type", "another type"],
)
def test_an_error_reveals_no_internals(
    api: Api, given: Given, conformance_case: Harness, body: bytes
) -> None:
    given.working()

    exchange = api.create_media_upload(body=body)

    conformance_case.reveals_no_internals(exchange)


@requirement("HY-AUTH-06")
@pytest.mark.parametrize("kind", bad_credentials.KINDS)
def test_the_refusal_of_a_key_reveals_no_internals(
    api: Api, given: Given, conformance_case: Harness, kind: str
) -> None:
    given.working()
    headers = bad_credentials.headers(kind, conformance_case)

    exchange = api.create_media_upload("image/png", caller=None, headers=headers)

    conformance_case.reveals_no_internals(exchange)


@requirement("HY-AUTH-07")
@pytest.mark.parametrize("content_type", ["image/png", "video/mp4"])
def test_a_success_tells_no_secret(
    given: Given, conformance_case: Harness, content_type: str
) -> None:
    exchange = given.requested(content_type).exchange

    found = conformance_case.holds_a_key(exchange)

    expect.that(not found, "no key in the answer", "it holds a key", exchange)
