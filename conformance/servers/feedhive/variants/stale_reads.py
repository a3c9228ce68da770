"""Variants that read from a copy: a replica of the database, or a cache before the server."""

from __future__ import annotations

import time
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.database import close_session
from conformance.servers.feedhive.registry import VARIANT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Endpoint, Server
    from conformance.servers.feedhive.state import MediaRow, UploadRow

#: The seconds by which the replica is behind, and for which the cache keeps an answer.
REPLICA_LAG_S = 1.5
CACHED_S = 2.0
_REPLICAS = 3
#: The seconds for which a total is kept.
TOTAL_KEPT_S = 30.0


def _replica(server: Server) -> Callable[[str], list[MediaRow]]:
    """Return what reads the records of a caller from a replica, newest first."""
    library = server.subject
    removed: list[tuple[float, MediaRow]] = []

    @server.replaces("state.remove")
    def remove(original: Any, media_id: str, owner: str) -> MediaRow | None:
        row: MediaRow | None = original(media_id, owner)
        if row is not None:
            removed.append((library.now(), row))
        return row

    primary = library.state.page

    def replica(owner: str) -> list[MediaRow]:
        then = library.now() - REPLICA_LAG_S
        gone = [row for at, row in list(removed) if at > then and row.owner == owner]
        rows = [row for row in (*primary(owner, 10_000, None)[0], *gone) if row.created_at <= then]
        return sorted(set(rows), key=lambda row: (row.created_at, row.id), reverse=True)

    return replica


def _page(rows: list[MediaRow], limit: int, after: Any) -> tuple[list[MediaRow], int]:
    rest = [row for row in rows if after is None or (row.created_at, row.id) < tuple(after)]
    return rest[:limit], len(rows)


@VARIANT(
    "Lists and single items are read from a replica, which is one and a half seconds behind.",
    warns=("FH-COMPLETE-17", "FH-COMPLETE-20", "FH-DELETE-19", "FH-LIST-19"),
)
def reads_come_from_a_replica(server: Server) -> None:
    library, replica = server.subject, _replica(server)

    @server.replaces("state.page")
    def page(_: Any, owner: str, limit: int, after: Any) -> Any:
        return _page(replica(owner), limit, after)

    @server.replaces("media")
    def media(_: Any, owner: str, media_id: str) -> Any:
        found = next((row for row in replica(owner) if row.id == media_id), None)
        if found is None:
            raise Refusal(404, "Media not found")
        return library.item(found)


@VARIANT(
    "Each third list is read from a replica, which is one and a half seconds behind.",
    warns=("FH-COMPLETE-17", "FH-DELETE-19", "FH-LIST-19"),
)
def each_third_list_comes_from_a_replica(server: Server) -> None:
    replica, turn = _replica(server), count()

    @server.replaces("state.page")
    def page(original: Any, owner: str, limit: int, after: Any) -> Any:
        is_late = next(turn) % _REPLICAS == 0
        return _page(replica(owner), limit, after) if is_late else original(owner, limit, after)


@VARIANT(
    "A third of the lists, drawn at random, is read from a replica that is behind.",
    warns=("FH-COMPLETE-17", "FH-DELETE-19", "FH-LIST-19"),
)
def lists_come_from_any_replica(server: Server) -> None:
    replica, drawn = _replica(server), Random(5)  # noqa: S311 - every run draws the same

    @server.replaces("state.page")
    def page(original: Any, owner: str, limit: int, after: Any) -> Any:
        is_late = drawn.random() * _REPLICAS < 1
        return _page(replica(owner), limit, after) if is_late else original(owner, limit, after)


@VARIANT(
    "A cache keeps each answer to a GET for two seconds.",
    warns=("FH-COMPLETE-17", "FH-DELETE-19", "FH-LIST-19"),
)
def gets_are_cached(server: Server) -> None:
    kept: dict[tuple[str, str], tuple[float, Response]] = {}

    @server.wraps("list_media", "get_media")
    async def cached(endpoint: Endpoint, request: Request) -> Response:
        key = str(request.url), request.headers.get("authorization", "")
        at, answer = kept.get(key, (0.0, Response()))
        if time.monotonic() - at > CACHED_S:
            answer = await endpoint(request)
            kept[key] = time.monotonic(), answer
        return Response(answer.body, answer.status_code, dict(answer.headers))


@VARIANT(
    "The total of a list is kept for thirty seconds.",
    warns=("FH-LIST-19",),
)
def totals_are_kept_for_half_a_minute(server: Server) -> None:
    kept: dict[str, tuple[float, int]] = {}

    @server.replaces("state.page")
    def page(original: Any, owner: str, limit: int, after: Any) -> Any:
        rows, total = original(owner, limit, after)
        at, old = kept.get(owner, (0.0, 0))
        if time.monotonic() - at < TOTAL_KEPT_S:
            return rows, old
        kept[owner] = time.monotonic(), total
        return rows, total


@VARIANT(
    "The total of a list is kept for thirty seconds, and a wrong file closes its session.",
    warns=("FH-LIST-19", "FH-LIFECYCLE-05"),
)
def totals_are_kept_and_wrong_files_close_sessions(server: Server) -> None:
    totals_are_kept_for_half_a_minute(server)

    @server.replaces("check_object")
    def check_object(original: Any, row: UploadRow) -> None:
        try:
            original(row)
        except Refusal:
            if server.subject.store.head(row.key) is not None:
                close_session(server, row.id)
            raise
