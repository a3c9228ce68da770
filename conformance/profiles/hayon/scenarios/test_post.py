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
# What the public server asks for beside the content; a draft is published nowhere.
_BESIDE: Mapping[str, object] = {"selectedPlatforms": ["bluesky"], "status": "DRAFT"}


def _body(*uploads: Upload, beside: Mapping[str, object] = _BESIDE) -> dict[str, object]:
    items = {"mediaItems": [upload.media_item() for upload in uploads]} if uploads else {}
    return {"content": {"text": _TEXT, **items}, **beside}


def _sent(send: Send, upload: Upload) -> Exchange:
    """Send a post with the pair; what else a post needs stands on a page that we do not have.

    Raises `Blocked` when the post is refused without the pair as well: then it is not the
    pair that the server minds.
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
            limit="a post without media is refused as well, and what else a post needs"
            " is not among the documents"
        )
    return exchange


def _is_refusal(exchange: Exchange) -> bool:
    return exchange.status in range(400, 500)


def _accepted(exchange: Exchange) -> None:
    expect.answered(exchange)
    expect.that(
        exchange.succeeded,
        "a success (2xx)",
        lambda: f"it was {exchange.summary()}",
        exchange,
        expect.SUCCESS_STATUS,
    )


@requirement("HY-POST-01")
@lifecycle
def test_a_post_takes_the_pair(api: Api, given: Given, storage: Storage) -> None:
    upload = given.stored()
    with suppress(Blocked):  # as a user looks at it first; HY-PUBLIC-01 judges what comes
        storage.get(upload.public_url)

    exchange = _sent(api.create_post, upload)

    _accepted(exchange)


@requirement("HY-POST-02")
def test_an_update_takes_the_pair(api: Api, given: Given) -> None:
    created = _sent(api.create_post, given.stored())
    with precondition(POST):
        _accepted(created)
    post_id = _post_id(created)

    exchange = _sent(lambda body: api.update_post(post_id, body), given.stored("image/webp"))

    _accepted(exchange)


@requirement("HY-POST-03")
def test_a_post_needs_a_valid_key(api: Api, given: Given) -> None:
    upload = given.stored()
    with precondition(POST):
        _accepted(_sent(api.create_post, upload))

    for beside in (_BESIDE, {}):
        exchange = api.create_post(_body(upload, beside=beside), caller=None)

        expect.refused(exchange)


def _post_id(created: Exchange) -> str:
    """Find the new post's id: its page is not among the documents, so it may stand anywhere."""
    for path in (("data", "id"), ("data", "_id"), ("data", "postId"), ("id",), ("postId",),
                 ("data", "post", "id"), ("data", "post", "_id"), ("post", "id"),
                 ("post", "_id")):  # fmt: skip
        found = created.at(*path)
        if isinstance(found, str) and found:
            return found
    raise Blocked(limit="the answer of Create Post holds no id that could be recognised")
