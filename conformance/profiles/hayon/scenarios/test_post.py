"""Posts that use an upload (capability `posts`)."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from conformance.judge import expect
from conformance.judge.finding import Blocked, precondition
from conformance.profiles.hayon.given import POST
from conformance.suite.marks import lifecycle, requirement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.harness.storage import Storage
    from conformance.model.exchange import Exchange
    from conformance.profiles.hayon.api import Api
    from conformance.profiles.hayon.given import Given, Upload

    Send = Callable[[Mapping[str, object]], Exchange]

_TEXT = "A post of the conformance kit"
_MEDIA = {
    "webp": ["image/webp"],
    "jpeg": ["image/jpeg"],
    "film": ["video/mp4"],
    "other film": ["video/quicktime"],
    "two items": ["image/png", "image/webp"],
    "film and picture": ["video/mp4", "image/webp"],
}
# No document says where an answer shows the media of a post, so look in the usual places.
_ITEMS = (
    ("data", "content", "mediaItems"),
    ("data", "post", "content", "mediaItems"),
    ("post", "content", "mediaItems"),
    ("content", "mediaItems"),
    ("data", "mediaItems"),
)
# The public server also requires these members; a draft is never published.
_BESIDE: Mapping[str, object] = {"selectedPlatforms": ["bluesky"], "status": "DRAFT"}


def _body(*uploads: Upload, beside: Mapping[str, object] = _BESIDE) -> dict[str, object]:
    items = {"mediaItems": [upload.media_item() for upload in uploads]} if uploads else {}
    return {"content": {"text": _TEXT, **items}, **beside}


def _sent(send: Send, *uploads: Upload) -> Exchange:
    """Send a post with the pair; the page with the other members of a post is not available.

    Raises `Blocked` when a post without the pair is refused too: then the pair is not the
    reason.
    """
    exchange = send(_body(*uploads))
    if not _is_refusal(exchange):
        return exchange
    plain = send(_body(*uploads, beside={}))
    if plain.succeeded:
        return plain
    without = send(_body())
    if not without.succeeded:
        raise Blocked(
            limit="a post without media is refused too, and no document says what else a post needs"
        )
    return exchange


def _is_refusal(exchange: Exchange) -> bool:
    return exchange.status in range(400, 500)


@requirement("HY-POST-01")
@lifecycle
def test_a_post_takes_the_pair(api: Api, given: Given, storage: Storage) -> None:
    upload = given.stored()
    with suppress(Blocked):  # a user looks at the file first; HY-PUBLIC-01 judges the answer
        storage.get(upload.public_url)

    exchange = _sent(api.create_post, upload)

    expect.accepted(exchange)


@requirement("HY-POST-02")
def test_an_update_takes_the_pair(api: Api, given: Given) -> None:
    created = _sent(api.create_post, given.stored())
    with precondition(POST):
        expect.accepted(created)
    post_id = _post_id(created)

    exchange = _sent(lambda body: api.update_post(post_id, body), given.stored("image/webp"))

    expect.accepted(exchange)


@requirement("HY-POST-01")
@pytest.mark.parametrize("types", _MEDIA.values(), ids=_MEDIA)
def test_a_post_takes_media_of_each_kind(api: Api, given: Given, types: list[str]) -> None:
    uploads = [given.stored(content_type) for content_type in types]

    exchange = _sent(api.create_post, *uploads)

    expect.accepted(exchange)
    _shown_as_sent(exchange, uploads)


@requirement("HY-POST-02")
@pytest.mark.parametrize("types", _MEDIA.values(), ids=_MEDIA)
def test_an_update_takes_media_of_each_kind(api: Api, given: Given, types: list[str]) -> None:
    created = _sent(api.create_post, given.stored())
    with precondition(POST):
        expect.accepted(created)
    post_id = _post_id(created)
    uploads = [given.stored(content_type) for content_type in types]

    exchange = _sent(lambda body: api.update_post(post_id, body), *uploads)

    expect.accepted(exchange)
    _shown_as_sent(exchange, uploads)


@requirement("HY-POST-03")
def test_a_post_needs_a_valid_key(api: Api, given: Given) -> None:
    upload = given.stored()
    with precondition(POST):
        expect.accepted(_sent(api.create_post, upload))

    for beside in (_BESIDE, {}):
        exchange = api.create_post(_body(upload, beside=beside), caller=None)

        expect.refused(exchange)


def _shown_as_sent(exchange: Exchange, uploads: list[Upload]) -> None:
    """Judge the media of a post where the answer shows them: each pair, in its order."""
    items = next((found for path in _ITEMS if isinstance(found := exchange.at(*path), list)), None)
    if items is None:
        return
    for name, values in (
        ("s3Url", [upload.public_url for upload in uploads]),
        ("s3Key", [upload.key for upload in uploads]),
        ("mimeType", [upload.content_type for upload in uploads]),
    ):
        shown = [item.get(name) if isinstance(item, dict) else None for item in items]
        if not shown or any(shown):  # a server may show other members of an item
            expect.equal(shown, values, f"the {name} of the media shown", exchange)


def _post_id(created: Exchange) -> str:
    """Find the id of the new post: no document says where it is, so look in the usual places."""
    for path in (("data", "id"), ("data", "_id"), ("data", "postId"), ("id",), ("postId",),
                 ("data", "post", "id"), ("data", "post", "_id"), ("post", "id"),
                 ("post", "_id")):  # fmt: skip
        found = created.at(*path)
        if isinstance(found, str) and found:
            return found
    raise Blocked(limit="the kit finds no post id in the answer of Create Post")
