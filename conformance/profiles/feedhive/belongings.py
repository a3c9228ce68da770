"""A caller's library as it was before a run, and as a killed run left it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from conformance.harness.belongings import PAGES, Item, Listing, patient_get
from conformance.model.exchange import http_date
from conformance.model.moment import parsed_moment
from conformance.profiles.feedhive.library import MAXIMUM_LIMIT

if TYPE_CHECKING:
    from datetime import datetime

    from conformance.harness.client import Client
    from conformance.model.exchange import Exchange

#: Whether an operation deletes a post.
POSTS_STAY = False

_MAKES = {
    "create_upload": "uploads",
    "complete_upload": "media",
    "create_post": "posts",
}


def made_by(exchange: Exchange) -> str:
    """Return what an exchange made, by the words of the estimate, or an empty text."""
    return _MAKES.get(exchange.operation or "", "") if exchange.succeeded else ""


def listed(client: Client, base_url: str, caller: str, pages: int = PAGES) -> Listing:
    """Return the newest items of a caller, up to so many pages of the maximum; it judges nothing.

    Raises `Blocked` where a bound of the run forbids it.
    """
    items: dict[str, Item] = {}
    first: Exchange | None = None
    cursor: object = None
    whole = lost = False
    for _ in range(pages):
        query = urlencode({"limit": MAXIMUM_LIMIT, **({"cursor": cursor} if cursor else {})})
        page = patient_get(client, f"{base_url}/media?{query}", caller)
        first, lost = first or page, page.response is None
        shown = page.at("data", "items")
        if not page.succeeded or not isinstance(shown, list):
            break
        found = [item for one in shown if (item := _item(one))]
        items |= {item.id: item for item in found}
        more, cursor = page.at("data", "has_more"), page.at("data", "next_cursor")
        whole = more is False and len(found) == len(shown)
        if more is not True or not isinstance(cursor, str) or not cursor:
            break
    if first is None:
        return Listing()
    total = first.at("data", "total")
    counted = isinstance(total, int) and not isinstance(total, bool)
    return Listing(
        tuple(items.values()),
        whole=whole,
        total=total if counted else None,
        skew_s=_skew_s(first),
        answered=first.succeeded and isinstance(first.at("data", "items"), list) and not lost,
    )


def created_at(client: Client, base_url: str, caller: str, media_id: str) -> datetime | None:
    """Return when a media was made, as a fetch shows it, or None."""
    fetched = patient_get(client, f"{base_url}/media/{quote(media_id, safe='')}", caller)
    return parsed_moment(fetched.at("data", "created_at")) if fetched.succeeded else None


def _item(shown: Any) -> Item | None:
    """Return an item of a page, or None for one without an id."""
    if not isinstance(shown, dict) or not isinstance(shown.get("id"), str):
        return None
    url = shown.get("media_url")
    created = parsed_moment(shown.get("created_at"))
    return Item(shown["id"], url if isinstance(url, str) else "", created)


def _skew_s(answer: Exchange) -> float:
    """Return how far the clock of an answer is ahead of this machine's, in seconds."""
    moment = http_date(answer.response.header("date")) if answer.response else None
    return moment.timestamp() - time.time() if moment else 0.0
