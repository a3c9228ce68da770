"""A library in memory that answers the generated requests of a FeedHive search."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from conformance.harness.transcript import Transcript
from conformance.model.exchange import Exchange, Request, Response
from conformance.model.profile import Profile

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.judge.finding import Violation

_DEFAULT, _MOST = 20, 100


class Library:
    """Sessions and media with slashed ids; `broken` says what is wrong with the server."""

    def __init__(self, *broken: str) -> None:
        self.broken = broken
        self.sessions: set[str] = set()
        self.stored: set[str] = set()
        self.media: list[str] = [f"old/{number}" for number in range(30)]
        self.deleted: list[str] = []
        self.sent: list[tuple[str, Request]] = []

    def send_generated(
        self, request: Request, operation: str, *, caller: str | None = "main"
    ) -> Exchange:
        del caller
        self.sent.append((operation, request))
        status, data = getattr(self, operation)(request)
        if "fails" in self.broken:
            status, data = 500, None
        body = {"success": status < 400, **({"data": data} if status < 400 else {"message": "No"})}
        headers = (("content-type", "application/json"),)
        answer = Response(status, headers, json.dumps(body).encode(), 0.001)
        return Exchange(request, answer, operation=operation)

    def made(self, media_id: str) -> bool:
        return not media_id.startswith("old/")

    def create_upload(self, _: Request) -> tuple[int, Any]:
        name = f"upl/{len(self.sent)}"
        self.sessions.add(name)
        moment = "2031-05-04T09:40:00Z"
        return 201, {"upload_id": name, "upload_url": f"http://s/{name}", "expires_at": moment}

    def complete_upload(self, request: Request) -> tuple[int, Any]:
        name = unquote(urlsplit(request.url).path.split("/")[-2])
        if name not in self.sessions or name not in self.stored:
            return 409, None
        self.sessions.remove(name)
        self.media.append(name.replace("upl", "med"))
        return 200, {"id": self.media[-1]}

    def list_media(self, request: Request) -> tuple[int, Any]:
        query = parse_qs(urlsplit(request.url).query)
        try:
            limit = min(max(int(query.get("limit", [str(_DEFAULT)])[0]), 1), _MOST)
            start = int(query.get("cursor", ["0"])[0])
        except ValueError:
            return 400, None
        newest = self.media[::-1]
        more = start + limit < len(newest)
        return 200, {
            "items": [{"id": one, "type": "image"} for one in newest[start : start + limit]],
            "total": len(newest),
            "has_more": more,
            "next_cursor": str(start + limit) if more else None,
        }

    def get_media(self, request: Request) -> tuple[int, Any]:
        name = unquote(urlsplit(request.url).path.split("/")[-1])
        known = name in self.media or ("undead" in self.broken and name in self.deleted)
        return (200, {"id": name, "type": "image"}) if known else (404, None)

    def delete_media(self, request: Request) -> tuple[int, Any]:
        name = unquote(urlsplit(request.url).path.split("/")[-1])
        if name not in self.media:
            return 404, None
        self.media.remove(name)
        self.deleted.append(name)
        return 200, {"id": name, "type": "image"}

    def put(self, url: str, body: bytes, content_type: str) -> None:
        del body, content_type
        self.stored.add(urlsplit(url).path.removeprefix("/"))


def harness_of(library: Library, noticed: list[Violation], **values: Any) -> Harness:
    """Return what the searches need of a harness, over a library in memory."""
    settings = {"profile": Profile.load("feedhive"), "seed": 0, "effort": "standard", **values}
    return SimpleNamespace(  # type: ignore[return-value]
        api=library,
        storage=library,
        proof=SimpleNamespace(notice=noticed.append),
        target=SimpleNamespace(base_url="http://h"),
        transcript=Transcript("run"),
        **settings,
    )
