"""New posts with media, and how they are shown (capability `posts`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.judge import expect
from conformance.judge.finding import NotApplicable, precondition
from conformance.model.requirement import Level
from conformance.model.signed_url import SignedUrl, url_defect
from conformance.profiles.feedhive import kept_files
from conformance.profiles.feedhive.files import read_in_time
from conformance.profiles.feedhive.lifetimes import is_about_a_day
from conformance.profiles.feedhive.posts import (
    ACCEPTED,
    DELETED,
    FETCHED,
    KINDS,
    ORDERS,
    UPDATED,
    Post,
    id_of,
    shows,
    shows_media,
    shows_types,
    unique_text,
    urls_in,
)
from conformance.profiles.feedhive.upload import RESULTING_TYPES
from conformance.suite.marks import requirement

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.posts import Posts
    from conformance.profiles.feedhive.upload import Media

# So many media a post gets, or fewer where that is refused: networks allow four, or ten.
_MANY = (11, 5)
# What a form, a filter or a small character set may take from a text, or add to it.
_SPECIAL = {
    "emoji": "\N{PARTY POPPER}",
    "signs lines and scripts": "& < '\n\u65e5\u672c\u8a9e\n#conformance",
}
_each_kind = pytest.mark.parametrize("types", KINDS.values(), ids=KINDS)
_each_order = pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)


@requirement("FH-COMPLETE-15")
@pytest.mark.parametrize("content_type", RESULTING_TYPES)
def test_a_post_takes_the_id_of_each_type(given: Given, posts: Posts, content_type: str) -> None:
    media = given.shared.sample(content_type)

    exchange = posts.sent(media)

    expect.accepted(exchange)


@requirement("FH-COMPLETE-15")
@_each_kind
def test_a_post_takes_media_together(posts: Posts, types: list[str]) -> None:
    media = posts.samples(types)

    exchange = posts.sent(*media)

    expect.accepted(exchange)


@requirement("FH-COMPLETE-15")
def test_a_post_takes_an_id_that_was_just_completed(given: Given, posts: Posts) -> None:
    media = given.media()

    exchange = posts.sent(media)

    expect.accepted(exchange)


@requirement("FH-COMPLETE-15")
def test_two_posts_take_the_same_id(given: Given, posts: Posts) -> None:
    media = given.shared.sample()
    posts.made(media)

    exchange = posts.sent(media)

    expect.accepted(exchange)


@requirement("FH-POST-01")
@_each_kind
def test_a_new_post_shows_its_media(posts: Posts, types: list[str]) -> None:
    media = posts.samples(types)
    exchange = _accepted(posts.sent(*media))

    shows_media(exchange, media)


@requirement("FH-POST-01")
@_each_order
def test_a_new_post_keeps_the_order(given: Given, posts: Posts, order: tuple[int, ...]) -> None:
    oldest_first = given.shared.library(3)[:3]
    media = [oldest_first[place] for place in order]
    exchange = _accepted(posts.sent(*media))

    shows_media(exchange, media)


@requirement("FH-POST-01")
def test_a_post_keeps_more_than_four_media(api: Api, given: Given, posts: Posts) -> None:
    library = given.shared.library(max(_MANY))
    for count in _MANY:
        media = library[:count]
        exchange = posts.sent(*media)
        if not exchange.refuses:
            break
    else:
        raise NotApplicable("the server allows fewer media in a post")
    shows_media(exchange, media)
    with precondition(FETCHED):
        shows_media(api.get_post(id_of(exchange)), media)


@requirement("FH-POST-02")
@_each_kind
def test_a_post_shows_the_type_of_its_media(posts: Posts, types: list[str]) -> None:
    media = posts.samples(types)

    for exchange in posts.whole_life(*media):
        shows_types(exchange, media)


@requirement("FH-POST-03")
@_each_kind
def test_the_url_of_media_is_signed_for_a_day(posts: Posts, types: list[str]) -> None:
    for exchange in posts.whole_life(*posts.samples(types)):
        for url in urls_in(exchange):
            _is_signed_for_a_day(url, exchange)


@requirement("FH-POST-04")
@_each_kind
def test_the_url_gives_the_media_itself(
    given: Given, posts: Posts, storage: Storage, types: list[str]
) -> None:
    media = [given.media(content_type) for content_type in types]
    others = [one.upload.body for one in (*posts.samples(types), given.media())]

    for exchange in posts.whole_life(*media):
        for one, url in zip(media, urls_in(exchange), strict=True):
            file = read_in_time(storage, url)
            expect.that(file.succeeded, "the url to give the file", file.summary(), exchange)
            # A server may transcode its media, but it never shows another item.
            foreign = {body for body in [*others, *_bodies(media)] if body != one.upload.body}
            own = kept_files.body_of(file) not in foreign
            expect.that(own, "the file of the media itself", "it is another item's", exchange)


@requirement("FH-POST-05")
@_each_kind
def test_get_shows_the_post_as_made(api: Api, posts: Posts, types: list[str]) -> None:
    post = posts.made(*posts.samples(types))

    exchange = api.get_post(post.id)

    shows(exchange, post)
    shows_types(exchange, list(post.media))


@requirement("FH-POST-05")
def test_get_shows_each_of_several_posts(api: Api, given: Given, posts: Posts) -> None:
    media = given.shared.library(3)[:3]
    made = [posts.made(*media[first:]) for first in range(3)]

    for post in made:
        shows(api.get_post(post.id), post)


@requirement("FH-POST-05")
@pytest.mark.parametrize("special", _SPECIAL.values(), ids=_SPECIAL)
def test_get_shows_a_text_with_special_characters(
    api: Api, given: Given, posts: Posts, special: str
) -> None:
    posts.working()
    media, text = given.shared.sample(), f"{unique_text()} {special}"

    exchange = posts.sent(media, text=text)

    if exchange.refuses:
        raise NotApplicable("the server refuses a text with these characters")
    expect.accepted(exchange)
    post = Post(id_of(exchange), text, (media,), exchange)
    shows(api.get_post(post.id), post)


@requirement("FH-POST-15")
def test_a_new_post_is_a_draft(given: Given, posts: Posts) -> None:
    post = posts.made(given.shared.sample())

    shown = {step.at("data", "status") for step in (post.exchange, posts.fetched(post))} - {None}

    if not shown:
        raise NotApplicable("the answers show no status of a post")
    draft = {str(status).lower() for status in shown} == {"draft"}
    expect.that(draft, "a draft", f"it is {', '.join(map(expect.shown, shown))}", post.exchange)


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param("create_post", marks=requirement("FH-POST-CREATE-SCHEMA-REF")),
        pytest.param("get_post", marks=requirement("FH-POST-GET-SCHEMA-REF")),
        pytest.param("update_post", marks=requirement("FH-POST-UPDATE-SCHEMA-REF")),
        pytest.param("delete_post", marks=requirement("FH-POST-DELETE-SCHEMA-REF")),
    ],
)
def test_a_success_has_the_references_shape(
    posts: Posts, conformance_case: Harness, operation: str
) -> None:
    post = posts.made(*posts.samples(KINDS["picture gif and film"]))
    exchange, blocker = {
        "create_post": lambda: (post.exchange, ACCEPTED),
        "get_post": lambda: (posts.api.get_post(post.id), FETCHED),
        "update_post": lambda: (posts.api.update_post(post.id, {"text": unique_text()}), UPDATED),
        "delete_post": lambda: (posts.api.delete_post(post.id), DELETED),
    }[operation]()

    with precondition(blocker):
        expect.accepted(exchange)
    conformance_case.hold_to(exchange, Level.SHOULD)


def _accepted(exchange: Exchange) -> Exchange:
    """Return the answer to a new post; `Blocked` when the post is refused."""
    with precondition(ACCEPTED):
        expect.accepted(exchange)
    return exchange


def _bodies(media: list[Media]) -> list[bytes]:
    return [one.upload.body for one in media]


def _is_signed_for_a_day(url: str, exchange: Exchange) -> None:
    defect = url_defect(url)
    expect.that(not defect, "`url` to be an absolute http or https URL", str(defect), exchange)
    signed = SignedUrl(url)
    expect.that(signed.signed, "a signed url", "it has no signature", exchange)
    if signed.lifetime_s is not None:
        near = is_about_a_day(signed.lifetime_s)
        actual = f"it is valid for {signed.lifetime_s} seconds"
        expect.that(near, "the url to be valid for 24 hours", actual, exchange)
