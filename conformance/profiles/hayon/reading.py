"""Reads Hayon's requests and answers as facts, for knowledge and oracles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from conformance.knowledge.facts import NOTHING_TOLD, Act, Asked, Opening, Told
from conformance.knowledge.place import place_of
from conformance.model.json_body import parsed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.model.exchange import Exchange, Request

_PATHS = (
    (Act.OPEN, "create_media_upload", "POST", re.compile(r"/api/posts/media/upload")),
    (Act.POST, "create_post", "POST", re.compile(r"/api/posts")),
    (Act.POST, "update_post", "PUT", re.compile(r"/api/posts/(?P<id>[^/]+)")),
)


class HayonReader:
    """Reads the exchanges of an API by its base URLs, one for each instance."""

    def __init__(self, bases: Mapping[str, str]) -> None:
        self._bases = {name: base.rstrip("/") for name, base in bases.items()}

    def asked(self, request: Request) -> Asked:
        """Return what a request asks."""
        for instance, base in self._bases.items():
            if request.url.startswith((f"{base}/", f"{base}?")):
                path = request.url.removeprefix(base).partition("?")[0]
                found = _asked(instance, request.method, path)
                return found or Asked(instance, exact=False, place=place_of(request.url))
        return Asked(place=place_of(request.url))

    def told(self, asked: Asked, exchange: Exchange) -> Told:
        """Return what a success tells; members that do not fit are left out."""
        data = exchange.at("data") if exchange.succeeded and asked.act is Act.OPEN else None
        if not isinstance(data, dict):
            return NOTHING_TOLD
        url, public, key = (data.get(name) for name in ("uploadUrl", "s3Url", "s3Key"))
        if not isinstance(url, str) or not isinstance(key, str) or not key:
            return NOTHING_TOLD
        declared = (parsed(exchange.request.body).members or {}).get("contentType")
        shown = public if isinstance(public, str) else ""
        return Told(opening=Opening(key, url, declared, public_url=shown))


def _asked(instance: str, method: str, path: str) -> Asked | None:
    """Return what a path asks, also in spellings that some routers accept; else None."""
    plain = re.sub("/{2,}", "/", path).rstrip("/").lower()
    for spelled, exact in ((path, True), (plain, False)):
        for act, operation, needed, pattern in _PATHS:
            found = pattern.fullmatch(spelled) if method == needed else None
            if found:
                raw = found.groupdict().get("id") or ""
                return Asked(instance, act, operation, unquote(raw), exact=exact)
    return None


def reader_of(bases: Mapping[str, str]) -> HayonReader:
    """Return the reader of an API with these base URLs, by instance."""
    return HayonReader(bases)


#: The row that a success shows kept: by what it did, or by the method at the storage.
SHOWN: Mapping[Act | str, str] = {Act.OPEN: "HY-UPLOAD-01", "PUT": "HY-PUT-01"}
