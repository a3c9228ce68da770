"""What a post refuses: media that it must not show, and no text (capability `posts`)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from conformance.judge import expect
from conformance.judge.finding import NotApplicable, precondition
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.media_id import is_of_one_thing
from conformance.profiles.feedhive.posts import WAYS, media_in, unique_text
from conformance.suite.marks import requirement, two_libraries

if TYPE_CHECKING:
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.posts import Posts
    from conformance.profiles.feedhive.upload import Upload

_each_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.partition(" ")[2])


@requirement("FH-POST-10")
@_each_way
@pytest.mark.parametrize("stored", [False, True], ids=["without its file", "with its file"])
def test_the_id_of_an_upload_that_is_not_completed_is_refused(
    given: Given, posts: Posts, way: str, *, stored: bool
) -> None:
    upload = given.stored_upload() if stored else given.created_upload()
    _names_no_media(upload)

    posts.refuses(way, upload.id)


@requirement("FH-POST-10")
@_each_way
def test_the_id_of_a_film_that_is_not_completed_is_refused(
    api: Api, given: Given, posts: Posts, way: str
) -> None:
    given.shared.sample("video/mp4")  # a film can be completed
    upload = given.stored_upload("video/mp4")
    _names_no_media(upload)

    posts.refuses(way, upload.id)
    # What was refused has not completed it either.
    expect.accepted(api.complete_upload(upload.id))


def _names_no_media(upload: Upload) -> None:
    if not is_of_one_thing(upload.id):
        raise NotApplicable("a short upload id may also be that of a media")


@requirement("FH-POST-11")
@two_libraries
@_each_way
@pytest.mark.parametrize(
    ("content_type", "used"),
    [("image/png", False), ("video/mp4", True)],
    ids=["picture", "film in a post"],
)
def test_media_of_another_caller_are_refused(
    api: Api, given: Given, posts: Posts, way: str, content_type: str, *, used: bool
) -> None:
    media = given.media(content_type, caller="other")
    if used:  # where its owner's post is refused, it is in none
        api.create_post({"text": unique_text(), "media": [media.id]}, caller="other")

    posts.refuses(way, media.id)


@requirement("FH-POST-12")
@_each_way
def test_the_id_of_a_deleted_media_is_refused(given: Given, posts: Posts, way: str) -> None:
    media = given.deleted(given.media())
    with precondition("FH-DELETE-02"):
        observe.gone(given.api, media.id)

    posts.refuses(way, media.id)


@requirement("FH-POST-12")
@_each_way
def test_an_unknown_id_is_refused(posts: Posts, way: str) -> None:
    posts.refuses(way, f"med_conformance_{uuid4().hex}")


@requirement("FH-POST-13")
@pytest.mark.parametrize("places", [(0, 0), (0, 1, 0)], ids=["in a row", "apart"])
def test_a_new_post_shows_no_media_twice(
    given: Given, posts: Posts, places: tuple[int, ...]
) -> None:
    media = given.shared.library(2)[:2]
    posts.made(*media)

    exchange = posts.sent(*(media[place] for place in places))

    _refused_or_each_once(posts, exchange)


@requirement("FH-POST-13")
@pytest.mark.parametrize("places", [(0, 0), (0, 1, 0)], ids=["in a row", "apart"])
def test_an_update_shows_no_media_twice(
    api: Api, given: Given, posts: Posts, places: tuple[int, ...]
) -> None:
    media = given.shared.library(2)[:2]
    post = posts.updatable()

    exchange = api.update_post(post.id, {"media": [media[place].id for place in places]})

    _refused_or_each_once(posts, exchange)


@requirement("FH-POST-14")
@pytest.mark.parametrize("text", [{}, {"text": ""}, {"text": None}], ids=["none", "empty", "null"])
def test_a_new_post_needs_a_text(
    api: Api, given: Given, posts: Posts, text: dict[str, object]
) -> None:
    media = given.shared.sample()
    posts.made(media)

    exchange = api.create_post({"media": [media.id], **text})

    posts.refused(exchange)


@requirement("FH-POST-14")
def test_an_update_to_an_empty_text_is_refused(api: Api, posts: Posts) -> None:
    post = posts.updatable()
    posts.fetched(post)

    exchange = api.update_post(post.id, {"text": ""})

    posts.refused(exchange)
    posts.stays(post)


def _refused_or_each_once(posts: Posts, exchange: Exchange) -> None:
    """Judge that a post with an id twice is refused, or shows each of its media once."""
    if not exchange.succeeded:
        posts.refused(exchange)
        return
    ids = [item.get("id") for item in media_in(exchange)]
    once = len({expect.shown(one) for one in ids}) == len(ids)
    expect.that(
        once, "a refusal, or each media item once", f"it shows {expect.shown(ids)}", exchange
    )
