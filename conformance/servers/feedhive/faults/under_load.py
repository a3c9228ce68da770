"""Faults of concurrency that need more completes at the same moment than a run sends.

Each begins where more than `MOST` completes are under way. A run has so many requests under way
at most as `--concurrency` says, and its bursts are smaller.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from conformance.servers.deviation import Endpoint, Server
    from conformance.servers.feedhive.state import MediaRow

#: So many completes at the same moment are still handled well.
MOST = 20
# A complete takes a moment, so that those which come together are under way together.
_TAKES_S = 0.4
_COUNTED = 10


def _is_busy(server: Server) -> Callable[[], bool]:
    """Let completes take a moment; return what says whether too many are under way.

    Those that were too many stay so until the last of them has ended, as where a queue is full.
    """
    under_way, busy = [0], [False]

    @server.wraps("complete_upload")
    async def slow(endpoint: Endpoint, request: Request) -> Response:
        under_way[0] += 1
        busy[0] |= under_way[0] > MOST
        try:
            await asyncio.sleep(_TAKES_S)
            return await endpoint(request)
        finally:
            under_way[0] -= 1
            busy[0] &= under_way[0] > 0

    return lambda: busy[0]


@FAULT(
    "Where many completes come together, two of one session both make a media.",
    "FH-COMPLETE-09",
    shown_by="load",
)
def two_completes_succeed_under_load(server: Server) -> None:
    is_busy = _is_busy(server)

    @server.replaces("is_completed")
    def is_completed(original: Any, row: Any) -> bool:
        return not is_busy() and bool(original(row))

    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        if original(upload_id, media):
            return True
        if is_busy():
            with server.subject.state.transaction() as connection:
                row = (media.id, media.owner, media.type, media.mime_type, media.key)
                values = (*row, media.thumbnail_key, media.created_at)
                connection.execute("INSERT INTO media VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        return is_busy()


@FAULT(
    "Where many completes come together, every second media is lost although its complete was"
    " answered with its id.",
    "FH-COMPLETE-03",
    shown_by="load",
)
def media_are_lost_under_load(server: Server) -> None:
    is_busy = _is_busy(server)
    count = Counter[str]()
    lock = threading.Lock()

    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        won = bool(original(upload_id, media))
        with lock:
            count["made"] += 1
            loses = won and is_busy() and count["made"] % 2 == 0
        if loses:
            server.subject.state.remove(media.id, media.owner)
        return won


@FAULT(
    "Where many completes come together, the total counts a new media several times, and stays"
    " wrong.",
    "FH-LIST-09",
    shown_by="load",
)
def totals_drift_under_load(server: Server) -> None:
    is_busy = _is_busy(server)
    surplus = Counter[str]()

    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        won = bool(original(upload_id, media))
        if won and is_busy():
            surplus[media.owner] += _COUNTED - 1
        return won

    @server.replaces("state.page")
    def page(original: Any, owner: str, limit: int, after: Any) -> tuple[Any, int]:
        rows, total = original(owner, limit, after)
        return rows, total + surplus[owner]
