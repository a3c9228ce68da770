"""Faults that look like a quota of the server: some are refused, and the next ones succeed."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from conformance.servers.deviation import Server

#: So many succeed before the first refusal, and then each seventh is refused.
_FIRST, _EACH = 20, 7
#: A server that takes no more than so many is of no use to its callers.
_FEW = 3
_MESSAGE = "Your plan allows 100 media: delete some of them"


def _at_times(number: int) -> bool:
    return number > _FIRST and number % _EACH == 0


@FAULT(
    "After twenty creates, every seventh is refused with a message about a quota.", "FH-CREATE-01"
)
def seventh_create_is_over_the_quota(server: Server) -> None:
    count = itertools.count(1)

    @server.replaces("state.add_upload")
    def add_upload(original: Any, row: Any) -> None:
        if _at_times(next(count)):
            raise Refusal(403, _MESSAGE)
        original(row)


@FAULT(
    "After twenty completes, every seventh is refused with a message about a quota.",
    "FH-COMPLETE-01",
)
def seventh_complete_is_over_the_quota(server: Server) -> None:
    count = itertools.count(1)

    @server.replaces("check_object")
    def check_object(original: Any, row: Any) -> None:
        original(row)
        if _at_times(next(count)):
            raise Refusal(409, _MESSAGE)


@FAULT("A caller can create three sessions in all.", "FH-CREATE-01")
def quota_of_three_sessions(server: Server) -> None:
    counts: dict[str, int] = {}

    @server.replaces("state.add_upload")
    def add_upload(original: Any, row: Any) -> None:
        counts[row.owner] = counts.get(row.owner, 0) + 1
        if counts[row.owner] > _FEW:
            raise Refusal(403, f"The trial allows {_FEW} uploads: upgrade your plan")
        original(row)


@FAULT("A library can hold one media item: the next complete is refused.", "FH-COMPLETE-01")
def quota_of_one_media(server: Server) -> None:
    library = server.subject

    @server.replaces("check_object")
    def check_object(original: Any, row: Any) -> None:
        original(row)
        if library.state.page(row.owner, 1, None)[1] >= 1:
            raise Refusal(403, "Your plan allows 1 media")


@FAULT(
    "After twenty creates, that of a GIF is refused with a message about a quota.", "FH-CREATE-02"
)
def gifs_are_over_the_quota(server: Server) -> None:
    count = itertools.count(1)

    @server.replaces("state.add_upload")
    def add_upload(original: Any, row: Any) -> None:
        if next(count) > _FIRST and row.content_type == "image/gif":
            raise Refusal(403, _MESSAGE)
        original(row)
