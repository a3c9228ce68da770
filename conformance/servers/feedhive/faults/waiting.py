"""Faults that time alone shows: what waits is lost before the documents let it go."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from conformance.servers.deviation import Server
    from conformance.servers.feedhive.state import UploadRow

#: The seconds after which something that waits is lost.
LOST_AFTER_S = 15.0
_LOOKS_LATE = "standard"
# A session that is used gets so many seconds more; a store shows moments in whole seconds.
_LONGER_S = 600.0
_WHOLE_S = 1.0


@FAULT(
    "A session is unknown fifteen seconds after its create.", "FH-LIFECYCLE-01", effort=_LOOKS_LATE
)
def sessions_are_forgotten_early(server: Server) -> None:
    ttl = server.subject.settings.upload_ttl

    @server.replaces("state.upload")
    def upload(original: Any, upload_id: str, owner: str) -> UploadRow | None:
        row: UploadRow | None = original(upload_id, owner)
        forgotten = row is not None and time.time() - (row.expires_at - ttl) > LOST_AFTER_S
        return None if forgotten else row


@FAULT(
    "The object of a session that is not completed is removed after fifteen seconds.",
    "FH-LIFECYCLE-01",
    effort=_LOOKS_LATE,
)
def waiting_objects_are_swept(server: Server) -> None:
    store, ttl = server.subject.store, server.subject.settings.upload_ttl

    @server.replaces("check_object")
    def check_object(original: Any, row: UploadRow) -> None:
        if time.time() - (row.expires_at - ttl) > LOST_AFTER_S:
            store.remove(row.key)
        original(row)


@FAULT("A file that comes late gives its session ten more minutes.", "FH-COMPLETE-07")
def late_files_prolong_their_session(server: Server) -> None:
    store, ttl = server.subject.store, server.subject.settings.upload_ttl

    @server.replaces("is_expired")
    def is_expired(original: Any, row: UploadRow) -> bool:
        came = store.moment(row.key)
        late = came > row.expires_at - ttl / 2 - _WHOLE_S
        return bool(original(row)) and not (late and time.time() < came + _LONGER_S)


@FAULT("A cursor is refused fifteen seconds after it was given.", "FH-LIST-10", effort=_LOOKS_LATE)
def cursors_are_forgotten(server: Server) -> None:
    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        place, _, given = (cursor or "").partition(".")
        if given.isdecimal() and time.time() - int(given) > LOST_AFTER_S:
            raise Refusal(400, "cursor cannot be decoded")
        answer = original(owner, limit, place if given else cursor)
        if answer["next_cursor"]:
            answer["next_cursor"] += f".{time.time():.0f}"
        return answer
