"""Posts that use an upload (capability `posts`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import expect
from conformance.case import lifecycle, requirement
from conformance.profiles.hayon.given import POST
from conformance.verdict import Blocked, precondition

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.profiles.hayon.api import Api
    from conformance.profiles.hayon.given import Given, Upload
    from conformance.storage import Storage


def _content(*uploads: Upload) -> dict[str, object]:
    items = [upload.media_item() for upload in uploads]
    return {"text": "A post of the conformance kit", "mediaItems": items}


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
    storage.get(upload.public_url)  # as a user looks at it first; HY-PUBLIC-01 judges what comes

    exchange = api.create_post(_content(upload))

    _accepted(exchange)


@requirement("HY-POST-02")
def test_an_update_takes_the_pair(api: Api, given: Given) -> None:
    created = api.create_post(_content(given.stored()))
    with precondition(POST):
        _accepted(created)
    post_id = _post_id(created)

    exchange = api.update_post(post_id, _content(given.stored("image/webp")))

    _accepted(exchange)


@requirement("HY-POST-03")
def test_a_post_needs_a_valid_key(api: Api, given: Given) -> None:
    upload = given.stored()
    with precondition(POST):
        _accepted(api.create_post(_content(upload)))

    exchange = api.create_post(_content(upload), caller=None)

    expect.refused(exchange)


def _post_id(created: Exchange) -> str:
    """Find the new post's id: its page is not among the documents, so it may stand anywhere."""
    for path in (("data", "id"), ("data", "_id"), ("data", "postId"), ("id",), ("postId",),
                 ("data", "post", "id"), ("data", "post", "_id")):  # fmt: skip
        found = created.at(*path)
        if isinstance(found, str) and found:
            return found
    raise Blocked(limit="the answer of Create Post holds no id that could be recognised")
