"""Posts that use an upload (capability `posts`)."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

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
# The public server also requires these members; a draft is never published.
_BESIDE: Mapping[str, object] = {"selectedPlatforms": ["bluesky"], "status": "DRAFT"}


def _body(*uploads: Upload, beside: Mapping[str, object] = _BESIDE) -> dict[str, object]:
    items = {"mediaItems": [upload.media_item() for upload in uploads]} if uploads else {}
    return {"content": {"text": _TEXT, **items}, **beside}


def _sent(send: Send, upload: Upload) -> Exchange:
    """Send a post with the pair; the page with the other members of a post is not available.

    Raises `Blocked` when a post without the pair is refused too: then the pair is not the
    reason.
    """
    exchange = send(_body(upload))
    if not _is_refusal(exchange):
        return exchange
    plain = send(_body(upload, beside={}))
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


@requirement("HY-POST-03")
def test_a_post_needs_a_valid_key(api: Api, given: Given) -> None:
    upload = given.stored()
    with precondition(POST):
        expect.accepted(_sent(api.create_post, upload))

    for beside in (_BESIDE, {}):
        exchange = api.create_post(_body(upload, beside=beside), caller=None)

        expect.refused(exchange)


def _post_id(created: Exchange) -> str:
    """Find the id of the new post: no document says where it is, so look in the usual places."""
    for path in (("data", "id"), ("data", "_id"), ("data", "postId"), ("id",), ("postId",),
                 ("data", "post", "id"), ("data", "post", "_id"), ("post", "id"),
                 ("post", "_id")):  # fmt: skip
        found = created.at(*path)
        if isinstance(found, str) and found:
            return found
    raise Blocked(limit="the kit finds no post id in the answer of Create Post")
