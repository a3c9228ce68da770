"""What the links of the OpenAPI document leave out: the file, and what else a post may need."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from conformance.harness.retry import AnswerLost
from conformance.model.json_body import parsed
from conformance.model.signed_url import url_defect
from conformance.profiles.hayon.given import ACCEPTED_TYPES
from conformance.profiles.hayon.post import BESIDE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.hayon.given import Given

#: The requirement that bad input causes no server error.
ROBUST = "HY-UPLOAD-27"


class LinkGuide:
    """Stores the files of sequences along the links."""

    requirements: Mapping[str, str | Mapping[str, str]] = {
        "not_a_server_error": {"create_media_upload": ROBUST},
        "use_after_free": "HY-LIFECYCLE-01",
    }
    from_answers: frozenset[str] = frozenset()
    least = 1

    def __init__(self, harness: Harness, given: Given) -> None:
        posts = ("create_post",) if "posts" in harness.target.claimed else ()
        self.operations: tuple[str, ...] = ("create_media_upload", *posts)
        self._storage = harness.storage
        self._given = given

    def body(self, operation: str, drawn: object) -> object:
        """Return the body of an upload with its one documented member, or that of a post."""
        if operation == "create_post":
            content = drawn.get("content") if isinstance(drawn, dict) else None
            return {**BESIDE, "content": content}
        asked = drawn.get("contentType") if isinstance(drawn, dict) else None
        return {"contentType": asked if asked in ACCEPTED_TYPES else "image/png"}

    def answered(self, exchange: Exchange) -> None:
        """Store a file at each upload URL."""
        url = exchange.at("data", "uploadUrl")
        content_type = (parsed(exchange.request.body).members or {}).get("contentType")
        if not exchange.succeeded or not isinstance(url, str) or url_defect(url):
            return
        if isinstance(content_type, str):
            with suppress(AnswerLost):
                self._storage.put(url, self._given.genuine(content_type), content_type)

    def may_delete(self, created_id: str) -> bool:
        """Nothing can be deleted: the page documents no way."""
        del created_id
        return False

    def comes_again(self, ids: Iterable[str]) -> bool:
        """No id is free again, since nothing can be deleted."""
        del ids
        return False
