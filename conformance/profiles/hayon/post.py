"""Posts with media (capability `posts`), as far as the documents describe them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge import expect
from conformance.judge.finding import Blocked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from conformance.model.exchange import Exchange
    from conformance.profiles.hayon.given import Upload

    Send = Callable[[Mapping[str, object]], Exchange]

_TEXT = "A post of the conformance kit"
# No document says where an answer shows the media of a post, so look in the usual places.
_ITEMS = (
    ("data", "content", "mediaItems"),
    ("data", "post", "content", "mediaItems"),
    ("post", "content", "mediaItems"),
    ("content", "mediaItems"),
    ("data", "mediaItems"),
)
#: The public server also requires these members; a draft is never published.
BESIDE: Mapping[str, object] = {"selectedPlatforms": ["bluesky"], "status": "DRAFT"}
#: A media item that names no upload.
BROKEN_ITEM: Mapping[str, str] = {"mimeType": "image/png"}


def body_of(
    *uploads: Upload,
    beside: Mapping[str, object] = BESIDE,
    further: Iterable[Mapping[str, str]] = (),
) -> dict[str, object]:
    """Return the body of a post with the pairs of uploads, and with other members beside it.

    `further` are media items behind them.
    """
    items = [*(upload.media_item() for upload in uploads), *further]
    media = {"mediaItems": items} if items else {}
    return {"content": {"text": _TEXT, **media}, **beside}


def sent(send: Send, *uploads: Upload) -> Exchange:
    """Send a post with the pair; the page with the other members of a post is not available.

    Raises `Blocked` when a post without the pair is refused too: then the pair is not the
    reason.
    """
    exchange = send(body_of(*uploads))
    if not _is_refusal(exchange):
        return exchange
    plain = send(body_of(*uploads, beside={}))
    if plain.succeeded:
        return plain
    without = send(body_of())
    if not without.succeeded:
        raise Blocked(
            limit="a post without media is refused too, and no document says what else a post needs"
        )
    return exchange


def shown_as_sent(exchange: Exchange, uploads: list[Upload]) -> None:
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


def id_of(created: Exchange) -> str:
    """Find the id of the new post: no document says where it is, so look in the usual places."""
    for path in (("data", "id"), ("data", "_id"), ("data", "postId"), ("id",), ("postId",),
                 ("data", "post", "id"), ("data", "post", "_id"), ("post", "id"),
                 ("post", "_id")):  # fmt: skip
        found = created.at(*path)
        if isinstance(found, str) and found:
            return found
    raise Blocked(limit="the kit finds no post id in the answer of Create Post")


def _is_refusal(exchange: Exchange) -> bool:
    return exchange.status in range(400, 500)
