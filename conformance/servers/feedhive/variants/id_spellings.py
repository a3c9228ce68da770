"""Variants of ids: UUIDs in any letter case, and media that keep the id of their upload."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from conformance.servers.feedhive.registry import VARIANT

if TYPE_CHECKING:
    from conformance.servers.deviation import Answer, Server


@VARIANT("Media ids and upload ids are UUIDs, and the server ignores their letter case.")
def ids_in_any_case(server: Server) -> None:
    library = server.subject
    server.replaces("media_id")(lambda _: str(uuid4()))

    @server.replaces("state.add_upload")
    def add_upload(original: Any, row: Any) -> None:
        original(dataclasses.replace(row, id=_uuid(row.id)))

    @server.answers("create_upload")
    def renamed(answer: Answer) -> None:
        answer.data["upload_id"] = _uuid(answer.data["upload_id"])

    for rule in ("media", "remove", "upload"):
        looked_up = getattr(library.state, rule)

        def folded(found_id: str, owner: str, looked_up: Any = looked_up) -> Any:
            return looked_up(found_id.lower(), owner)

        setattr(library.state, rule, folded)


def _uuid(upload_id: str) -> str:
    """Return the id of a session in the form of a UUID."""
    digits = upload_id.removeprefix("upl_").ljust(32, "8")
    lengths = (8, 12, 16, 20, 32)
    starts = (0, *lengths[:-1])
    return "-".join(digits[a:b] for a, b in zip(starts, lengths, strict=True))


@VARIANT("A media has the id of its upload.")
def media_keep_their_upload_id(server: Server) -> None:
    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: Any) -> bool:
        # The caller of this rule returns the id of this record.
        object.__setattr__(media, "id", upload_id)
        return bool(original(upload_id, media))
