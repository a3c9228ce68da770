"""Who reaches a post, and odd requests (capability `posts`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.harness import bad_credentials
from conformance.harness.concurrency import parallel
from conformance.judge import expect
from conformance.judge.finding import NotApplicable, precondition
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.keyless import Keyless
from conformance.profiles.feedhive.post_id import post_id_in, post_path
from conformance.profiles.feedhive.posts import ACCEPTED, Post, id_of, unique_text
from conformance.suite.marks import requirement

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.posts import Posts

    Headers = dict[str, str]
    Request = Callable[[Api, Post, dict[str, Any]], Exchange]

_REQUESTS: dict[str, Request] = {
    "get": lambda api, post, who: api.get_post(post.id, **who),
    "update": lambda api, post, who: api.update_post(post.id, {"media": []}, **who),
    "update of the text": lambda api, post, who: api.update_post(post.id, {"text": "x"}, **who),
    "delete": lambda api, post, who: api.delete_post(post.id, **who),
}
_each_request = pytest.mark.parametrize("request_", _REQUESTS.values(), ids=_REQUESTS)
_ODD_BODIES: dict[str, object] = {
    "nothing": b"",
    "broken JSON": b'{"text": ',
    "null": b"null",
    "a list": [],
    "text null": {"text": None},
    "text a number": {"text": 7},
    "text an object": {"text": {"a": 1}},
    "text with NUL": {"text": "a\0b"},
    "text a lone surrogate": b'{"text": "\\ud800"}',
    "text no UTF-8": b'{"text": "\xff"}',
    "text very long": {"text": "a" * 100_000},
    "text twice": b'{"text": "a", "text": "b"}',
    "media null": {"text": "a", "media": None},
    "media a text": {"text": "a", "media": "med"},
    "media a number": {"text": "a", "media": 7},
    "media an object": {"text": "a", "media": {"id": "med"}},
    "media of null": {"text": "a", "media": [None]},
    "media of numbers": {"text": "a", "media": [7, 1e300]},
    "media of objects": {"text": "a", "media": [{"id": "med"}]},
    "media of lists": {"text": "a", "media": [["med"]]},
    "media with NUL": {"text": "a", "media": ["med_\0"]},
    "media with an empty id": {"text": "a", "media": [""]},
    "media very long": {"text": "a", "media": ["a" * 3_000]},
    "media huge number": b'{"text": "a", "media": [1e400]}',
    "media lone surrogate": b'{"text": "a", "media": ["\\udc00"]}',
    "many media": {"text": "a", "media": [f"med_{number}" for number in range(1_000)]},
    "status unknown": {"text": "a", "status": "conformance"},
    "status null": {"text": "a", "status": None},
    "deep lists": b'{"text": "a", "media": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "deep objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
}
_BAD_IDS = {
    "percent sign": "%",
    "quote": "'",
    "accents": "é/ü",
    "very long": "a" * 3_000,
    "null": "null",
    "zero": "0",
    "blank": " ",
    "NUL": "pst_\0",
    "not UTF-8": "pst_\ufffd",
    "line break": "pst_\n",
}


@pytest.fixture
def keyless(conformance_harness: Harness) -> list[Headers]:
    """Headers without a valid key, of every kind."""
    return list(bad_credentials.every(conformance_harness).values())


@requirement("FH-POST-16")
def test_a_new_post_needs_a_valid_key(
    api: Api, given: Given, posts: Posts, keyless: list[Headers]
) -> None:
    media = given.shared.sample()
    posts.made(media)

    body = {"text": unique_text(), "media": [media.id]}
    exchanges = parallel(
        lambda headers: api.create_post(body, caller=None, headers=headers), keyless
    )

    for exchange in exchanges:
        observe.nothing_given(exchange)


@requirement("FH-POST-16")
def test_the_list_of_posts_needs_a_valid_key(
    api: Api, given: Given, posts: Posts, keyless: list[Headers]
) -> None:
    if not posts.shows_in_a_list(posts.made(given.shared.sample())):
        raise NotApplicable("the kit finds no list that shows a new post")

    exchanges = parallel(lambda headers: api.list_posts(caller=None, headers=headers), keyless)

    for exchange in exchanges:
        observe.nothing_given(exchange)


@requirement("FH-POST-16")
@_each_request
def test_a_post_needs_a_valid_key(
    api: Api, given: Given, posts: Posts, keyless: list[Headers], request_: Request
) -> None:
    post = posts.made(given.shared.sample())
    posts.fetched(post)

    exchanges = parallel(
        lambda headers: request_(api, post, {"caller": None, "headers": headers}), keyless
    )

    for exchange in exchanges:
        observe.nothing_given(exchange)
    posts.stays(post)


@requirement("FH-POST-16")
def test_a_post_with_a_trailing_slash_needs_a_valid_key(
    given: Given, posts: Posts, conformance_case: Harness
) -> None:
    post = posts.made(given.shared.sample())
    posts.fetched(post)

    exchange = Keyless(conformance_case).send("GET", f"{post_path(post.id)}/")

    # A server may answer a path that it does not know with success, but not with the post.
    shown = exchange.succeeded and post_id_in(exchange) == post.id
    expect.that(not shown, "the post not to be shown", "it is", exchange)


@requirement("FH-POST-17")
@_each_request
def test_a_post_is_out_of_reach_of_another_caller(
    api: Api, given: Given, posts: Posts, request_: Request
) -> None:
    given.working.list(caller="other")
    post = posts.made(given.shared.sample())
    posts.fetched(post)

    exchange = request_(api, post, {"caller": "other"})

    observe.nothing_given(exchange)
    posts.stays(post)


@requirement("FH-POST-17")
def test_a_post_without_media_is_out_of_reach_of_another_caller(
    api: Api, given: Given, posts: Posts
) -> None:
    given.working.list(caller="other")
    post = _without_media(posts)
    posts.fetched(post)

    for request in _REQUESTS.values():
        observe.nothing_given(request(api, post, {"caller": "other"}))
    posts.stays(post)


@requirement("FH-POST-17")
def test_a_post_is_not_in_the_list_of_another_caller(given: Given, posts: Posts) -> None:
    post = posts.made(given.shared.sample())
    if not posts.shows_in_a_list(post):
        raise NotApplicable("the kit finds no list that shows a new post")

    shown = posts.listed(post, caller="other")

    expect.that(not shown, "the post not to be listed for another caller", "it is listed")


@requirement("FH-POST-18")
@pytest.mark.parametrize("body", _ODD_BODIES.values(), ids=_ODD_BODIES)
def test_an_odd_body_causes_no_server_error(api: Api, posts: Posts, body: object) -> None:
    post = posts.working()

    for exchange in (api.create_post(body), api.update_post(post.id, body)):
        expect.not_a_server_error(exchange)


@requirement("FH-POST-18")
@pytest.mark.parametrize("post_id", _BAD_IDS.values(), ids=_BAD_IDS)
def test_an_odd_id_causes_no_server_error(api: Api, posts: Posts, post_id: str) -> None:
    posts.working()

    for exchange in (api.get_post(post_id), api.update_post(post_id, {"text": "a"})):
        expect.not_a_server_error(exchange)


def _without_media(posts: Posts) -> Post:
    """Return a new post without media; `NotApplicable` where the server refuses it."""
    posts.working()
    text = unique_text()
    exchange = posts.sent(text=text)
    if exchange.refuses:
        raise NotApplicable("the server refuses a post without media")
    with precondition(ACCEPTED):
        expect.accepted(exchange)
        return Post(id_of(exchange), text, (), exchange)
