"""Faults of requests at the same time: one of them overwrites what another one still needs.

A module keeps a value in one place for all requests, and a request reads it again after it has
waited for the storage or the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.servers.feedhive.registry import FAULT
from conformance.servers.overlap import Overlap

if TYPE_CHECKING:
    from conformance.servers.deviation import Server


def _kept_for_all(name: str, requirement: str, sentence: str, rule: str, place: int) -> None:
    """Keep one argument of a rule in a place that the next request overwrites."""

    def apply(server: Server) -> None:
        last: dict[int, Any] = {}
        overlap = Overlap()

        @server.replaces(rule)
        def mixed_up(original: Any, *arguments: Any) -> Any:
            last[place] = arguments[place]
            overlap.enter()
            return original(*arguments[:place], last[place], *arguments[place + 1 :])

    FAULT.add(name, sentence, apply, requirement)


_kept_for_all(
    "creates-at-once-mix-up-types",
    "FH-PUT-01",
    "A create gets an upload for the content type of another create at the same time.",
    "create_upload",
    2,
)
_kept_for_all(
    "creates-at-once-mix-up-callers",
    "FH-LIFECYCLE-03",
    "A create opens a session for another caller who creates at the same time.",
    "create_upload",
    0,
)
_kept_for_all(
    "completes-at-once-mix-up-sessions",
    "FH-COMPLETE-01",
    "A complete completes the session of another complete at the same time.",
    "complete_upload",
    1,
)
_kept_for_all(
    "gets-at-once-mix-up-items",
    "FH-GET-01",
    "A get answers with the item of another get at the same time.",
    "media",
    1,
)
_kept_for_all(
    "lists-at-once-mix-up-limits",
    "FH-LIST-03",
    "A list has the limit of another list at the same time.",
    "page",
    1,
)
_kept_for_all(
    "lists-at-once-mix-up-cursors",
    "FH-LIST-06",
    "A list begins at the cursor of another list at the same time.",
    "page",
    2,
)
