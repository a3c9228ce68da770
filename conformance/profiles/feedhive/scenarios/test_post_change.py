"""Updates and deletes of posts with media (capability `posts`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.judge import expect
from conformance.judge.finding import Blocked, NotApplicable
from conformance.profiles.feedhive.library import LISTED_WITHIN_S
from conformance.profiles.feedhive.media_id import is_of_one_thing
from conformance.profiles.feedhive.posts import (
    KINDS,
    ORDERS,
    Post,
    ids_of,
    shows,
    shows_types,
    unique_text,
)
from conformance.suite.marks import requirement

if TYPE_CHECKING:
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.posts import Posts

_each_kind = pytest.mark.parametrize("types", KINDS.values(), ids=KINDS)
# The media of an update, of which the post has the first two.
_CHANGES = {**ORDERS, "the same two in another order": (1, 0), "one of the two": (1,)}
_each_change = pytest.mark.parametrize("places", _CHANGES.values(), ids=_CHANGES)


@requirement("FH-POST-06")
@_each_kind
def test_an_update_replaces_the_media(
    api: Api, given: Given, posts: Posts, types: list[str]
) -> None:
    post = posts.made(given.shared.sample())
    media = posts.samples(types)
    posts.fetched(post)

    exchange = api.update_post(post.id, {"media": ids_of(media)})

    changed = Post(post.id, post.text, tuple(media), exchange)
    shows(exchange, changed)
    shows_types(exchange, media)
    posts.stays(changed)


@requirement("FH-POST-06")
@_each_change
def test_an_update_takes_the_new_order(
    api: Api, given: Given, posts: Posts, places: tuple[int, ...]
) -> None:
    oldest_first = given.shared.library(3)[:3]
    post = posts.made(*oldest_first[:2])
    media = tuple(oldest_first[place] for place in places)

    exchange = api.update_post(post.id, {"media": ids_of(media)})

    changed = Post(post.id, post.text, media, exchange)
    shows(exchange, changed)
    posts.stays(changed)


@requirement("FH-POST-06")
def test_an_update_takes_the_media_that_the_post_has(api: Api, given: Given, posts: Posts) -> None:
    post = posts.made(*given.shared.library(2)[:2])
    posts.fetched(post)

    exchange = api.update_post(post.id, {"text": post.text, "media": ids_of(post.media)})

    shows(exchange, post)


@requirement("FH-POST-06")
def test_each_update_of_both_fields_changes_both(api: Api, given: Given, posts: Posts) -> None:
    first, second = given.shared.library(2)[:2]
    post = posts.made(first)

    for media in ((second,), (first, second)):
        text = unique_text()
        exchange = api.update_post(post.id, {"text": text, "media": ids_of(media)})
        changed = Post(post.id, text, media, exchange)
        shows(exchange, changed)
        posts.stays(changed)


@requirement("FH-POST-06")
def test_an_update_to_no_media_leaves_none(api: Api, given: Given, posts: Posts) -> None:
    post = posts.made(given.shared.sample())

    exchange = api.update_post(post.id, {"media": []})

    if exchange.refuses:
        raise NotApplicable("the server refuses a post without media")
    for shown in (exchange, api.get_post(post.id)):
        expect.accepted(shown)
        left = shown.at("data", "media") or []
        expect.that(not left, "a post without media", f"it has {expect.shown(left)[:100]}", shown)


@requirement("FH-POST-06")
@_each_kind
def test_an_update_of_the_text_keeps_the_media(api: Api, posts: Posts, types: list[str]) -> None:
    post = posts.made(*posts.samples(types))
    text = unique_text()

    exchange = api.update_post(post.id, {"text": text})

    changed = Post(post.id, text, post.media, exchange)
    shows(exchange, changed)
    posts.stays(changed)


@requirement("FH-POST-06")
def test_an_update_of_the_status_keeps_the_rest(api: Api, posts: Posts) -> None:
    post = posts.made(*posts.samples(KINDS["film and picture"]))

    # A post is a draft by default, and no document names another status: nothing is published.
    exchange = api.update_post(post.id, {"status": "draft"})

    if exchange.refuses:
        raise NotApplicable("the server refuses an update of the status")
    shows(exchange, post)
    posts.stays(post)


@requirement("FH-POST-06")
def test_an_update_leaves_other_posts_alone(api: Api, given: Given, posts: Posts) -> None:
    first, second = given.shared.library(2)[:2]
    post, neighbour = posts.made(first), posts.made(first)
    posts.fetched(neighbour)

    expect.accepted(api.update_post(post.id, {"media": [second.id]}))

    posts.stays(neighbour)


@requirement("FH-POST-07")
@_each_kind
def test_delete_shows_the_post_as_it_was(api: Api, posts: Posts, types: list[str]) -> None:
    post = posts.made(*posts.samples(types))
    posts.fetched(post)

    exchange = api.delete_post(post.id)

    shows(exchange, post)
    shows_types(exchange, list(post.media))


@requirement("FH-POST-08")
@_each_kind
def test_a_deleted_post_cannot_be_fetched(posts: Posts, types: list[str]) -> None:
    post = posts.made(*posts.samples(types))
    posts.fetched(post)
    posts.deleted(post)

    posts.gone(post)


@requirement("FH-POST-08")
def test_an_update_brings_no_deleted_post_back(api: Api, given: Given, posts: Posts) -> None:
    post = posts.made(given.shared.sample())
    if not is_of_one_thing(post.id):
        raise NotApplicable("another post may have the id of the deleted one by now")
    posts.deleted(post)

    exchange = api.update_post(post.id, {"text": post.text})

    expect.refused(exchange)
    posts.gone(post)


@requirement("FH-POST-08")
def test_a_delete_leaves_other_posts_and_the_media(api: Api, given: Given, posts: Posts) -> None:
    media = given.media()
    post, neighbour = posts.made(media), posts.made(media)
    posts.fetched(neighbour)
    given.fetched(media)
    posts.deleted(post)

    posts.stays(neighbour)
    expect.success(api.get_media(media.id))


@requirement("FH-POST-09")
@_each_kind
def test_a_deleted_post_leaves_the_list(posts: Posts, types: list[str]) -> None:
    post = posts.made(*posts.samples(types))
    if not posts.awaited(post, listed=True):
        raise Blocked(limit="the list of posts does not show a new draft")
    posts.deleted(post)

    gone = posts.awaited(post, listed=False)

    wanted = f"the deleted post to leave the list within {LISTED_WITHIN_S:.0f} seconds"
    expect.that(gone, wanted, "it is still listed")
