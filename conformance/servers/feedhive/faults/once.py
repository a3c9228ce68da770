"""Faults of typed members that show in one answer among many, or in answers that a case uses."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Answer, Server

_EACH = 7


def _once(
    name: str,
    requirement: str,
    sentence: str,
    change: Callable[[Answer], object],
    *operations: str,
    refusals: bool = False,
) -> None:
    """Register a fault that changes every seventh answer of the operations."""

    def apply(server: Server) -> None:
        count = itertools.count(1)

        @server.answers(*operations, refusals=refusals)
        def changed(answer: Answer) -> None:
            if next(count) % _EACH == 0:
                change(answer)

    FAULT.add(name, sentence, apply, requirement)


def _late(answer: Answer) -> None:
    moment = datetime.fromisoformat(answer.data["expires_at"])
    answer.data["expires_at"] = (moment + timedelta(hours=1)).isoformat()


_once(
    "one-expiry-in-seven-is-late",
    "FH-CREATE-13",
    "expires_at of every seventh session is an hour late.",
    _late,
    "create_upload",
)
_once(
    "one-expiry-in-seven-is-no-date",
    "FH-CREATE-12",
    "expires_at of every seventh session is a 30 February.",
    lambda answer: answer.data.update(expires_at="2032-02-30T12:00:00Z"),
    "create_upload",
)
_once(
    "one-refusal-in-seven-claims-success",
    "FH-ERROR-01",
    "Every seventh refusal says success true.",
    lambda answer: answer.body.update(success=True),
    refusals=True,
)
FAULT.rewriting(refusals=True)(
    "refusals-say-false-as-a-text",
    "FH-ERROR-01",
    "success in a refusal is the text false, which most languages take for true.",
    lambda answer: answer.body.update(success="false"),
)
FAULT.rewriting("delete_media")(
    "deleted-items-have-relative-urls",
    "FH-DELETE-SCHEMA-REF",
    "media_url in the answer of delete is a path.",
    lambda answer: answer.data.update(media_url="/files/1"),
)
_once(
    "one-total-in-seven-is-zero",
    "FH-LIST-19",
    "The total of every seventh list is 0.",
    lambda answer: answer.data.update(total=0),
    "list_media",
)
