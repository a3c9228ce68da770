"""Reads FeedHive's requests and answers as facts, for knowledge and oracles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from conformance.knowledge.facts import NOTHING_TOLD, Act, Asked, Opening, Page, Told, views_of
from conformance.knowledge.place import place_of
from conformance.model.json_body import parsed
from conformance.profiles.feedhive.library import DEFAULT_LIMIT, MAXIMUM_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.model.exchange import Exchange, Request

_OPERATIONS = {
    Act.OPEN: "create_upload",
    Act.COMPLETE: "complete_upload",
    Act.LIST: "list_media",
    Act.FETCH: "get_media",
    Act.DELETE: "delete_media",
}
_PATHS = (
    (Act.OPEN, "POST", re.compile(r"/media/uploads")),
    (Act.COMPLETE, "POST", re.compile(r"/media/uploads/(?P<id>.+)/complete")),
    (Act.LIST, "GET", re.compile(r"/media")),
    (Act.FETCH, "GET", re.compile(r"/media/(?P<id>.+)")),
    (Act.DELETE, "DELETE", re.compile(r"/media/(?P<id>.+)")),
)
_IN_ANY_CASE = re.compile(r"^/media(/uploads)?(?=/|$)", re.IGNORECASE)
_LIMIT = re.compile(r"[1-9][0-9]*")


class FeedHiveReader:
    """Reads the exchanges of an API by its base URLs, one for each instance."""

    def __init__(self, bases: Mapping[str, str]) -> None:
        self._bases = {name: base.rstrip("/") for name, base in bases.items()}

    def asked(self, request: Request) -> Asked:
        """Return what a request asks."""
        for instance, base in self._bases.items():
            if request.url.startswith((f"{base}/", f"{base}?")):
                path = request.url.removeprefix(base).partition("?")[0]
                return _asked(instance, request.method, path) or Asked(
                    instance, exact=False, place=place_of(request.url)
                )
        return Asked(place=place_of(request.url))

    def told(self, asked: Asked, exchange: Exchange) -> Told:
        """Return what a success tells; members that do not fit are left out."""
        if not exchange.succeeded or asked.act is Act.OTHER:
            return NOTHING_TOLD
        data = exchange.at("data")
        if not isinstance(data, dict):
            return NOTHING_TOLD
        match asked.act:
            case Act.OPEN:
                return Told(opening=_opening(exchange, data))
            case Act.COMPLETE:
                made = data.get("id")
                return Told(made=made if isinstance(made, str) and made else None)
            case Act.LIST:
                return _listed(exchange, data)
            case _:
                return Told(views=views_of([data]))


def _asked(instance: str, method: str, path: str) -> Asked | None:
    """Return what a path asks, also in spellings that some routers accept; else None."""
    documented = _matched(instance, method, path, exact=True)
    if documented is not None:
        return documented
    plain = _IN_ANY_CASE.sub(lambda found: found[0].lower(), re.sub("/{2,}", "/", path))
    return _matched(instance, method, plain.rstrip("/"), exact=False)


def _matched(instance: str, method: str, path: str, *, exact: bool) -> Asked | None:
    for act, needed, pattern in _PATHS:
        found = pattern.fullmatch(path) if method == needed else None
        if found:
            raw = found.groupdict().get("id") or ""
            return Asked(
                instance, act, _OPERATIONS[act], unquote(raw), exact=exact and "/" not in raw
            )
    return None


def _opening(exchange: Exchange, data: dict[str, Any]) -> Opening | None:
    upload_id, url = data.get("upload_id"), data.get("upload_url")
    if not isinstance(upload_id, str) or not isinstance(url, str) or not upload_id:
        return None
    sent = parsed(exchange.request.body).members or {}
    return Opening(
        upload_id, url, sent.get("content_type"), sent.get("filename"), data.get("expires_at")
    )


def _listed(exchange: Exchange, data: dict[str, Any]) -> Told:
    items = data.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return NOTHING_TOLD
    query = parse_qs(exchange.request.url.partition("?")[2], keep_blank_values=True)
    cursors = query.get("cursor", [])
    page = Page(
        tuple(str(item.get("id")) for item in items),
        data.get("total"),
        data.get("has_more"),
        data.get("next_cursor"),
        cursors[0] if cursors else None,
        _limit(query.get("limit", [])),
    )
    return Told(views=views_of(items), page=page)


def _limit(values: list[str]) -> int | None:
    """Return the page size that a request asks for, or None if no document explains it."""
    if not values:
        return DEFAULT_LIMIT
    if len(values) > 1 or not _LIMIT.fullmatch(values[0]):
        return None
    # A larger number than the maximum is refused, or the maximum is meant. It may be very long.
    return min(int(values[0][:4]), MAXIMUM_LIMIT)


def reader_of(bases: Mapping[str, str]) -> FeedHiveReader:
    """Return the reader of an API with these base URLs, by instance."""
    return FeedHiveReader(bases)


#: The row that a success shows kept: by what it did, or by the method at the storage.
SHOWN: Mapping[Act | str, str] = {
    Act.OPEN: "FH-CREATE-01",
    "PUT": "FH-PUT-01",
    Act.COMPLETE: "FH-COMPLETE-01",
    Act.LIST: "FH-LIST-01",
}
