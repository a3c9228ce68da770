"""Variants with quotas: after a number of successes the server refuses with a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.registry import VARIANT

if TYPE_CHECKING:
    from conformance.servers.deviation import Server

OPEN_SESSIONS = 50
ITEMS = 100
SESSIONS = 25

_COUNT_OPEN = (
    "SELECT count(*) FROM upload WHERE owner = ? AND completed_at IS NULL AND expires_at > ?"
)


@VARIANT("A caller can have 50 open upload sessions.")
def quota_of_open_sessions(server: Server) -> None:
    library = server.subject

    @server.replaces("state.add_upload")
    def add_upload(original: Any, row: Any) -> None:
        with library.state.transaction() as connection:
            found = connection.execute(_COUNT_OPEN, (row.owner, library.now())).fetchone()
        if found[0] >= OPEN_SESSIONS:
            raise Refusal(429, f"You have {OPEN_SESSIONS} open uploads: complete some of them")
        original(row)


@VARIANT("A library can hold 100 items; then create is refused.")
def quota_of_items(server: Server) -> None:
    library = server.subject

    @server.replaces("state.add_upload")
    def add_upload(original: Any, row: Any) -> None:
        if library.state.page(row.owner, 1, None)[1] >= ITEMS:
            raise Refusal(403, f"Your plan allows {ITEMS} media: delete some of them")
        original(row)


@VARIANT("A library can hold 100 items; then complete is refused.")
def quota_of_items_at_complete(server: Server) -> None:
    library = server.subject

    @server.replaces("check_object")
    def check_object(original: Any, row: Any) -> None:
        original(row)
        if library.state.page(row.owner, 1, None)[1] >= ITEMS:
            raise Refusal(403, f"Your plan allows {ITEMS} media: delete some of them")


@VARIANT("A caller can create 25 upload sessions in all.")
def quota_of_sessions(server: Server) -> None:
    counts: dict[str, int] = {}

    @server.replaces("state.add_upload")
    def add_upload(original: Any, row: Any) -> None:
        counts[row.owner] = counts.get(row.owner, 0) + 1
        if counts[row.owner] > SESSIONS:
            raise Refusal(403, f"The trial allows {SESSIONS} uploads: upgrade your plan")
        original(row)
