"""What the links of the OpenAPI document leave out: the file, a plain filename, what is deleted."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from conformance.harness.retry import AnswerLost
from conformance.model.json_body import parsed
from conformance.model.signed_url import url_defect
from conformance.profiles.feedhive.given import unique_filename
from conformance.profiles.feedhive.upload import RESULTING_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.given import Given

#: The requirement of each operation that bad input causes no server error.
ROBUST = {
    "create_upload": "FH-CREATE-18",
    "complete_upload": "FH-COMPLETE-16",
    "list_media": "FH-LIST-05",
    "get_media": "FH-GET-13",
    "delete_media": "FH-DELETE-14",
}


class LinkGuide:
    """Names and stores the files of sequences along the links, and knows what these made."""

    requirements: Mapping[str, str | Mapping[str, str]] = {
        "not_a_server_error": ROBUST,
        # The very next request asks: what a replica still shows then is no use after free.
        "use_after_free": "FH-DELETE-19",
    }
    operations: tuple[str, ...] = tuple(ROBUST)
    from_answers: frozenset[str] = frozenset({"cursor"})
    least = 3

    def __init__(self, harness: Harness, given: Given) -> None:
        self._storage = harness.storage
        self._given = given
        self._made: set[str] = set()

    def body(self, operation: str, drawn: object) -> object:
        """Return the body of a create with a plain filename: other cases judge odd ones."""
        if operation != "create_upload":
            return drawn
        asked = drawn.get("content_type") if isinstance(drawn, dict) else None
        content_type = asked if asked in RESULTING_TYPES else "image/png"
        return {"filename": unique_filename(content_type), "content_type": content_type}

    def answered(self, exchange: Exchange) -> None:
        """Store a file after each create, and note each media item that a complete made."""
        if not exchange.succeeded:
            return
        if exchange.operation == "create_upload":
            self._store(exchange)
        elif exchange.operation == "complete_upload":
            self._made.add(str(exchange.at("data", "id")))

    def may_delete(self, created_id: str) -> bool:
        """Whether these sequences made a media item, and the journal holds it."""
        return created_id in self._made and self._given.api.made(created_id)

    def comes_again(self, ids: Iterable[str]) -> bool:
        """Whether a complete may have given one of these ids to another item."""
        api = self._given.api
        api.completions.wait()
        return any(map(api.reads.is_given_again, ids))

    def _store(self, created: Exchange) -> None:
        url = created.at("data", "upload_url")
        content_type = (parsed(created.request.body).members or {}).get("content_type")
        if isinstance(url, str) and not url_defect(url) and isinstance(content_type, str):
            with suppress(AnswerLost):
                self._storage.put(url, self._given.genuine(content_type), content_type)
