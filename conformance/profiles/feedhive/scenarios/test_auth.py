"""Bearer keys on each of the five operations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from conformance.harness import bad_credentials
from conformance.harness.concurrency import parallel
from conformance.judge import expect
from conformance.judge.finding import NotApplicable, precondition
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.given import unique_filename
from conformance.profiles.feedhive.keyless import SPELLINGS, Keyless
from conformance.profiles.feedhive.library import page_of
from conformance.profiles.feedhive.upload import RESULTING_TYPES
from conformance.suite.marks import accounted, requirement

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given

Headers = dict[str, str]


@pytest.fixture
def keyless(conformance_harness: Harness) -> list[Headers]:
    """Headers without a valid key, of every kind."""
    return list(bad_credentials.every(conformance_harness).values())


@pytest.fixture
def bad_keys(conformance_harness: Harness) -> list[Headers]:
    """The headers of `keyless` that hold no other than an Authorization: a 401 answers each."""
    kinds = bad_credentials.AUTHORIZATIONS
    return list(bad_credentials.every(conformance_harness, kinds).values())


_each_spelling = pytest.mark.parametrize("respelled", SPELLINGS.values(), ids=SPELLINGS)


@pytest.fixture
def bare(conformance_harness: Harness) -> Keyless:
    """Requests without a key, to any path."""
    return Keyless(conformance_harness)


def _asked_to_create(api: Api, given: Given, headers: Headers) -> Exchange:
    del given
    return api.create_upload(
        unique_filename("image/png"), "image/png", caller=None, headers=headers
    )


def _asked_to_list(api: Api, given: Given, headers: Headers) -> Exchange:
    del given
    return api.list_media(caller=None, headers=headers)


def _asked_to_get(api: Api, given: Given, headers: Headers) -> Exchange:
    return api.get_media(given.shared.sample().id, caller=None, headers=headers)


def _nothing_in_json(bare: Keyless, exchange: Exchange) -> None:
    """Judge that an answer is not a success in JSON; a page for people gives nothing."""
    expect.answered(exchange)
    given = exchange.succeeded and isinstance(exchange.json, dict)
    if given and not observe.gives_something(exchange) and bare.reaches_nothing(exchange):
        return
    actual = f"it was {exchange.summary()}"
    expect.that(not given, "no success without a key", actual, exchange)


def _refused_with_401(exchange: Exchange) -> None:
    with precondition("FH-ERROR-03"):
        expect.error_status(exchange)
    expect.status(exchange, [401])
    expect.error_envelope(exchange)


@requirement("FH-AUTH-01")
def test_create_gives_nothing(api: Api, given: Given, keyless: list[Headers]) -> None:
    given.working.create()

    name = unique_filename("image/png")
    exchanges = parallel(
        lambda headers: api.create_upload(name, "image/png", caller=None, headers=headers), keyless
    )

    for exchange in exchanges:
        observe.nothing_given(exchange)


@requirement("FH-AUTH-02")
@accounted
def test_complete_creates_nothing(api: Api, given: Given, keyless: list[Headers]) -> None:
    given.working.complete()
    upload = given.stored_upload()
    others = parallel(given.stored_upload, ["image/jpeg", "image/gif", "video/mp4"])

    with observe.no_new_media(api):
        for headers in keyless:
            exchange = api.complete_upload(upload.id, caller=None, headers=headers)
            observe.nothing_given(exchange)
        for other in others:
            observe.nothing_given(api.complete_upload(other.id, caller=None))
    expect.success(api.complete_upload(upload.id))


@requirement("FH-AUTH-03")
def test_list_gives_nothing(api: Api, given: Given, keyless: list[Headers]) -> None:
    given.working.list()

    exchanges = parallel(lambda headers: api.list_media(caller=None, headers=headers), keyless)

    for exchange in exchanges:
        observe.nothing_given(exchange)


@requirement("FH-AUTH-03")
def test_a_further_page_gives_nothing(api: Api, given: Given) -> None:
    given.working.list()
    given.shared.library(2)
    cursor = page_of(api.list_media(limit=1)).next_cursor

    for query in ({"cursor": cursor}, {"limit": 1}, {"limit": 1, "cursor": cursor}):
        observe.nothing_given(api.list_media(caller=None, **query))


@requirement("FH-AUTH-04")
def test_get_gives_nothing(api: Api, given: Given, keyless: list[Headers]) -> None:
    media = given.shared.sample()
    given.fetched(media)

    exchanges = parallel(
        lambda headers: api.get_media(media.id, caller=None, headers=headers), keyless
    )

    for exchange in exchanges:
        observe.nothing_given(exchange)


@requirement("FH-AUTH-04")
def test_get_gives_no_media_of_any_type(api: Api, given: Given) -> None:
    media = [given.shared.sample(content_type) for content_type in RESULTING_TYPES]

    exchanges = parallel(lambda one: api.get_media(one.id, caller=None), media)

    for exchange in exchanges:
        observe.nothing_given(exchange)


@requirement("FH-AUTH-05")
def test_delete_deletes_nothing(
    api: Api, given: Given, storage: Storage, keyless: list[Headers]
) -> None:
    others = parallel(given.media, ["image/jpeg", "image/gif", "video/mp4"])
    with observe.untouched(api, storage, given.media(), given) as media:
        for headers in keyless:
            exchange = api.delete_media(media.id, caller=None, headers=headers)
            observe.nothing_given(exchange)
        for other in others:
            observe.nothing_given(api.delete_media(other.id, caller=None))
    for other in others:
        expect.success(api.get_media(other.id))


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(_asked_to_create, marks=requirement("FH-AUTH-01"), id="create"),
        pytest.param(_asked_to_list, marks=requirement("FH-AUTH-03"), id="list"),
        pytest.param(_asked_to_get, marks=requirement("FH-AUTH-04"), id="get"),
    ],
)
def test_a_key_that_matches_every_key_gets_nothing(
    api: Api, given: Given, ask: Callable[[Api, Given, Headers], Exchange]
) -> None:
    given.working.create()
    given.working.get()
    keys = [{"Authorization": f"Bearer {pattern}"} for pattern in bad_credentials.PATTERNS]

    exchanges = parallel(lambda headers: ask(api, given, headers), keys)

    # A firewall may answer such a request with a page, or not at all.
    for exchange in exchanges:
        gives = exchange.succeeded and observe.gives_something(exchange)
        actual = f"it was {exchange.summary()}"
        expect.that(not gives, "no data without a valid key", actual, exchange)


@requirement("FH-AUTH-01")
@pytest.mark.parametrize("content_type", RESULTING_TYPES)
def test_create_of_each_type_gives_nothing(api: Api, given: Given, content_type: str) -> None:
    given.working.create()

    exchange = api.create_upload(unique_filename(content_type), content_type, caller=None)

    observe.nothing_given(exchange)


@requirement("FH-AUTH-01")
@_each_spelling
def test_create_gives_nothing_in_another_spelling(
    given: Given, bare: Keyless, respelled: Callable[[str], str]
) -> None:
    given.working.create()
    body = {"filename": unique_filename("image/png"), "content_type": "image/png"}

    exchange = bare.send("POST", respelled("/media/uploads"), json.dumps(body).encode())

    _nothing_in_json(bare, exchange)


@requirement("FH-AUTH-02")
def test_complete_creates_nothing_in_another_spelling(
    api: Api, given: Given, bare: Keyless
) -> None:
    given.working.complete()
    upload = given.stored_upload()
    path = f"/media/uploads/{quote(upload.id, safe='')}/complete"

    for respelled in SPELLINGS.values():
        _nothing_in_json(bare, bare.send("POST", respelled(path)))

    expect.success(api.complete_upload(upload.id))


@requirement("FH-AUTH-03")
@_each_spelling
def test_list_gives_nothing_in_another_spelling(
    given: Given, bare: Keyless, respelled: Callable[[str], str]
) -> None:
    given.working.list()

    exchange = bare.send("GET", respelled("/media"))

    _nothing_in_json(bare, exchange)


@requirement("FH-AUTH-04")
@_each_spelling
def test_get_gives_nothing_in_another_spelling(
    given: Given, bare: Keyless, respelled: Callable[[str], str]
) -> None:
    media = given.shared.sample()
    given.working.get()

    exchange = bare.send("GET", respelled(f"/media/{quote(media.id, safe='')}"))

    _nothing_in_json(bare, exchange)


@requirement("FH-AUTH-05")
def test_delete_deletes_nothing_in_another_spelling(api: Api, given: Given, bare: Keyless) -> None:
    given.working.get()
    media = given.media()

    for respelled in SPELLINGS.values():
        _nothing_in_json(bare, bare.send("DELETE", respelled(f"/media/{quote(media.id, safe='')}")))

    expect.success(api.get_media(media.id))


@requirement("FH-AUTH-03")
def test_a_head_of_list_needs_a_key(given: Given, bare: Keyless) -> None:
    given.working.list()

    _needs_a_key(bare, "/media")


@requirement("FH-AUTH-04")
def test_a_head_of_get_needs_a_key(given: Given, bare: Keyless) -> None:
    given.working.get()

    _needs_a_key(bare, f"/media/{quote(given.shared.sample().id, safe='')}")


def _needs_a_key(bare: Keyless, path: str) -> None:
    """Judge that a HEAD without a key is refused."""
    exchange = bare.send("HEAD", path)
    if exchange.succeeded and bare.heads_everything():
        raise NotApplicable("the server answers every HEAD with success")
    expect.not_accepted(exchange)


@requirement("FH-AUTH-06")
def test_create_answers_a_json_401(api: Api, given: Given, bad_keys: list[Headers]) -> None:
    given.working.create()

    exchanges = parallel(
        lambda headers: api.create_upload("a.png", "image/png", caller=None, headers=headers),
        bad_keys,
    )

    for exchange in exchanges:
        _refused_with_401(exchange)


@requirement("FH-AUTH-07")
def test_complete_answers_a_json_401(api: Api, given: Given, bad_keys: list[Headers]) -> None:
    upload = given.working.create()

    exchanges = parallel(
        lambda headers: api.complete_upload(upload.id, caller=None, headers=headers), bad_keys
    )

    for exchange in exchanges:
        _refused_with_401(exchange)


@requirement("FH-AUTH-08")
def test_list_answers_a_json_401(api: Api, given: Given, bad_keys: list[Headers]) -> None:
    given.working.list()

    exchanges = parallel(lambda headers: api.list_media(caller=None, headers=headers), bad_keys)

    for exchange in exchanges:
        _refused_with_401(exchange)


@requirement("FH-AUTH-09")
def test_get_answers_a_json_401(api: Api, given: Given, bad_keys: list[Headers]) -> None:
    media = given.shared.sample()
    given.working.get()

    exchanges = parallel(
        lambda headers: api.get_media(media.id, caller=None, headers=headers), bad_keys
    )

    for exchange in exchanges:
        _refused_with_401(exchange)


@requirement("FH-AUTH-10")
def test_delete_answers_a_json_401(api: Api, given: Given, bad_keys: list[Headers]) -> None:
    media = given.media()
    given.working.delete()

    for headers in bad_keys:
        exchange = api.delete_media(media.id, caller=None, headers=headers)
        with precondition("FH-AUTH-05"):
            observe.nothing_given(exchange)
        _refused_with_401(exchange)
