"""The ids of posts, as answers show them and as paths name them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from conformance.model.exchange import Exchange


def post_id_in(exchange: Exchange) -> str | None:
    """Return the id of the post that an answer shows, or None; a number is an id too."""
    found = exchange.at("data", "id")
    if isinstance(found, bool) or not isinstance(found, str | int):
        return None
    return str(found) or None


def post_path(post_id: str) -> str:
    """Return the path of a post, the id percent-encoded whole."""
    return f"/posts/{quote(post_id, safe='')}"
