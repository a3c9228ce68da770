"""Media that are in a post, or were in one: who reaches them, and that they can be deleted."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from conformance.judge import expect
from conformance.judge.finding import Blocked, NotApplicable, precondition
from conformance.profiles.feedhive import observe, thumbnails
from conformance.profiles.feedhive.kept_files import files_kept, readable_files
from conformance.profiles.feedhive.posts import UPDATED, ids_of, media_in, shows_media, unique_text
from conformance.suite.marks import requirement, two_libraries

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.posts import Post, Posts
    from conformance.profiles.feedhive.upload import Media


@requirement("FH-GET-12")
def test_another_caller_cannot_get_media_of_a_post(
    api: Api, given: Given, posts: Posts, conformance_case: Harness
) -> None:
    given.working.list(caller="other")
    media = given.shared.sample()
    _put_in_a_post(posts, conformance_case, media)
    given.fetched(media)

    exchange = api.get_media(media.id, caller="other")

    observe.nothing_given(exchange)


@requirement("FH-DELETE-10")
@two_libraries
def test_another_caller_cannot_delete_media_of_a_post(
    api: Api, given: Given, storage: Storage, posts: Posts, conformance_case: Harness
) -> None:
    given.working.list(caller="other")
    media = given.media()
    post = _put_in_a_post(posts, conformance_case, media)
    was_shown = _is_shown(posts, post)
    with observe.untouched(api, storage, media, given):
        exchange = api.delete_media(media.id, caller="other")

        observe.nothing_given(exchange)
    if was_shown:
        posts.stays(post)


@requirement("FH-DELETE-08")
def test_a_delete_leaves_the_other_media_of_its_post(
    api: Api, given: Given, posts: Posts, conformance_case: Harness
) -> None:
    given.working.delete()
    media, neighbour = given.media(), given.media()
    _put_in_a_post(posts, conformance_case, media, neighbour)
    given.fetched(neighbour)
    if not api.delete_media(media.id).succeeded:
        raise NotApplicable("the server deletes no media that a post has")

    expect.success(api.get_media(neighbour.id))


@requirement("FH-GET-17")
def test_a_post_shows_the_thumbnail_of_each_of_its_media(
    given: Given, storage: Storage, posts: Posts, conformance_case: Harness
) -> None:
    media = [given.media("image/jpeg") for _ in range(2)]

    post = _put_in_a_post(posts, conformance_case, *media)

    thumbnails.of_a_post(storage, media, media_in(post.exchange))


@requirement("FH-POST-06")
@pytest.mark.parametrize("emptied", [False, True], ids=["for another", "for none"])
def test_media_that_an_update_took_out_can_be_deleted(
    api: Api, given: Given, storage: Storage, posts: Posts, *, emptied: bool
) -> None:
    given.working.delete()
    media, new = given.media(), [] if emptied else [given.shared.sample()]
    post = posts.made(media)
    files = readable_files(storage, given.fetched(media))
    exchange = api.update_post(post.id, {"media": ids_of(new)})
    if emptied and exchange.refuses:
        raise NotApplicable("the server refuses a post without media")
    with precondition(UPDATED):
        shows_media(exchange, new)

    with suppress(Blocked):  # bytes that cannot be compared prove nothing here
        files_kept(given, storage, media, files)
    _can_be_deleted(api, given, media)


@requirement("FH-POST-08")
def test_media_of_a_deleted_post_can_be_deleted(api: Api, given: Given, posts: Posts) -> None:
    given.working.delete()
    media = given.media()
    posts.deleted(posts.made(media, given.shared.sample()))

    _can_be_deleted(api, given, media)


@requirement("FH-POST-18")
def test_a_post_of_deleted_media_causes_no_server_error(
    api: Api, given: Given, posts: Posts
) -> None:
    given.working.delete()
    media = given.media()
    post, other = posts.made(media), posts.made(media)
    if not api.delete_media(media.id).succeeded:
        raise NotApplicable("the server deletes no media that a post has")

    for exchange in (
        api.get_post(post.id),
        api.list_posts(),
        api.update_post(post.id, {"text": unique_text()}),
        api.delete_post(other.id),  # an update may have taken the media out of the first
    ):
        expect.not_a_server_error(exchange)


def _is_shown(posts: Posts, post: Post) -> bool:
    """Whether a post can be fetched as it was made."""
    try:
        posts.fetched(post)
    except Blocked:
        return False
    return True


def _put_in_a_post(posts: Posts, harness: Harness, *media: Media) -> Post:
    """Make a post of media; `NotApplicable` where the server has no posts, or refuses it."""
    if "posts" not in harness.target.capabilities:
        raise NotApplicable("media are put in a post with --capability posts only")
    try:
        return posts.made(*media)
    except Blocked as blocked:
        raise NotApplicable("the server takes no post with the media") from blocked


def _can_be_deleted(api: Api, given: Given, media: Media) -> None:
    """Judge that a media that is in no post can be deleted; the server may know late that it is."""
    given.in_time(lambda: expect.accepted(api.delete_media(media.id)))
