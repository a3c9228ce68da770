"""A storage that tells the server about its objects, as S3's event notifications do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool

from conformance.servers.answers import Refusal
from conformance.servers.gate import Gate

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from conformance.servers.deviation import Server

    Told = tuple[int, str] | None


class Notified(Gate):
    """The storage tells the size and the type of each object that it stored."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._told: dict[str, Told] = {}

    async def passed(self, request: Request) -> Response:
        """Store an upload, and tell about it."""
        response = await super().passed(request)
        if request.method == "PUT" and response.status_code < 300:  # noqa: PLR2004 - the 2xx class
            key = request.path_params["key"]
            self._told[key] = await run_in_threadpool(self.store.head, key)
        return response

    def at_the_upload(self, key: str) -> Told:
        """Return what was told about an object when it was stored."""
        return self._told.get(key)

    def up_to_date(self, key: str) -> Told:
        """Return what was told about an object, also about its end."""
        told: Told = self.store.head(key)
        return told

    @staticmethod
    def check(row: Any, told: Callable[[str], Told]) -> None:
        """Refuse a session as the page's rules say, by what was told about its object."""
        size, content_type = told(row.key) or (0, "")
        if size == 0 or content_type != row.content_type:
            raise Refusal(400, "The storage has told of no such object")
