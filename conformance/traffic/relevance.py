"""Which exchanges of somebody else's traffic are those that the documents describe.

A server may have more than the documents say: filters, further paths below `/media`, other
formats, retries that are replayed. None of that is judged by rules that were not made for it.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from conformance.knowledge.facts import Act

if TYPE_CHECKING:
    from conformance.knowledge.facts import Asked
    from conformance.knowledge.knowledge import Knowledge
    from conformance.model.exchange import Request

_DOCUMENTED_QUERY = {Act.LIST: frozenset({"limit", "cursor"})}
_OVERRIDES = frozenset({"x-http-method-override", "x-http-method", "x-method-override"})
_JSON = re.compile(r"\*/\*|application/\*|json", re.IGNORECASE)
#: What a path below that of an item may be, other than an item.
_OTHER_PARTS = re.compile(r"uploads(/.*)?|[a-z_-]+", re.IGNORECASE)


class Kind(StrEnum):
    """What a request is to the contract."""

    #: An operation as the documents describe it.
    OPERATION = "operation"
    #: An operation with something that they do not describe, so that its answer is not judged.
    VARIANT = "variant"
    #: A request to the storage, for a file that an answer of the API was about.
    STORAGE = "storage"
    #: Something else.
    OTHER = "other"


class Relevance:
    """Says of each request what it is; it remembers the keys by which requests are replayed."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._idempotency_keys: set[str] = set()

    def kind_of(self, asked: Asked, request: Request) -> Kind:
        """Return what a request is."""
        if asked.act is Act.OTHER:
            return Kind.STORAGE if self._is_storage(asked, request) else Kind.OTHER
        if asked.act in {Act.FETCH, Act.DELETE} and self._is_another_path(asked):
            return Kind.OTHER
        return Kind.VARIANT if self._departs(asked, request) else Kind.OPERATION

    def _is_storage(self, asked: Asked, request: Request) -> bool:
        knowledge, place = self._knowledge, asked.place
        if place is None:
            return False
        known = knowledge.session_at(place) or knowledge.files.media_at(place)
        return bool(known or knowledge.files.handed(request.url))

    def _is_another_path(self, asked: Asked) -> bool:
        """Whether a path may be another resource than an item, such as /media/folders."""
        known = self._knowledge.media_of(asked.instance, asked.subject)
        seen = (asked.instance, asked.subject) in self._knowledge.seen_ids
        if known or seen:
            return False
        return bool(_OTHER_PARTS.fullmatch(asked.subject))

    def _departs(self, asked: Asked, request: Request) -> bool:
        query = parse_qsl(request.url.partition("?")[2], keep_blank_values=True)
        documented = _DOCUMENTED_QUERY.get(asked.act, frozenset())
        if any(name not in documented for name, _ in query):
            return True
        headers = {name.lower(): value for name, value in request.headers}
        if _OVERRIDES & headers.keys() or "if-match" in headers:
            return True
        if not _JSON.search(headers.get("accept") or "*/*"):
            return True
        return self._is_replayed(headers.get("idempotency-key"))

    def _is_replayed(self, key: str | None) -> bool:
        """Whether a server may answer a request with its earlier answer."""
        if key is None:
            return False
        repeated = key in self._idempotency_keys
        self._idempotency_keys.add(key)
        return repeated
