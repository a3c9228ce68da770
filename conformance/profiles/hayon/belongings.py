"""What a caller has: Hayon documents no operation that shows or deletes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.harness.belongings import Listing

if TYPE_CHECKING:
    from conformance.harness.client import Client
    from conformance.model.exchange import Exchange

#: Whether posts stay: the documents name no operation that deletes one.
POSTS_STAY = True

_MAKES = {
    "create_media_upload": "uploads",
    "create_post": "posts",
}


def made_by(exchange: Exchange) -> str:
    """Return what an exchange made, by the words of the estimate, or an empty text."""
    return _MAKES.get(exchange.operation or "", "") if exchange.succeeded else ""


def listed(client: Client, base_url: str, caller: str, pages: int = 0) -> Listing:
    """Return an empty listing, and send nothing."""
    del client, base_url, caller, pages
    return Listing(answered=True)


def created_at(*_: object) -> None:
    """Return None, and send nothing."""
