"""Faults at the boundaries of what clients may send: labels, repeated and unknown parameters.

A generated request finds them: no client that follows the page sends one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.servers.crashes import crash_on_requests, has_no_boundary
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Server

_KNOWN = frozenset({"limit", "cursor"})


def _multipart(verb: str, operation: str, requirement: str) -> None:
    """Register a fault: an operation looks for a form although the label names no boundary."""

    def apply(server: Server) -> None:
        crash_on_requests(server, operation, has_no_boundary)

    sentence = f"A multipart label without a boundary causes a server error in {verb}."
    FAULT.add(f"multipart-labels-crash-{verb}", sentence, apply, requirement)


_multipart("create", "create_upload", "FH-CREATE-18")
_multipart("complete", "complete_upload", "FH-COMPLETE-16")
_multipart("list", "list_media", "FH-LIST-05")
_multipart("get", "get_media", "FH-GET-13")
_multipart("delete", "delete_media", "FH-DELETE-14")


def _repeated(name: str) -> None:
    """Register a fault: the list takes a parameter that is given twice for one text."""

    def apply(server: Server) -> None:
        crash_on_requests(server, "list_media", lambda it: len(it.query_params.getlist(name)) > 1)

    sentence = f"A {name} that is given twice causes a server error in the list."
    FAULT.add(f"repeated-{name}s-crash-the-list", sentence, apply, "FH-LIST-05")


_repeated("limit")
_repeated("cursor")


@FAULT("A query parameter that no document names causes a server error in the list.", "FH-LIST-05")
def unknown_parameters_crash_the_list(server: Server) -> None:
    crash_on_requests(server, "list_media", lambda it: bool(set(it.query_params) - _KNOWN))


@FAULT(
    "A list that is read after a delete puts the deleted item back into a cache of the fetch.",
    "FH-DELETE-02",
)
def lists_revive_deleted_media(server: Server) -> None:
    deleted: dict[str, dict[str, Any]] = {}
    cached: dict[str, dict[str, Any]] = {}

    @server.answers("delete_media")
    def kept(answer: Answer) -> None:
        deleted[answer.request.path_params["id"]] = dict(answer.body)

    @server.answers("list_media")
    def listed(_: Answer) -> None:
        cached.update(deleted)

    @server.answers("get_media", refusals=True)
    def fetched(answer: Answer) -> None:
        found = cached.get(answer.request.path_params["id"])
        if found is not None and answer.status == 404:
            answer.status, answer.body = 200, found


def _crashes(name: str, sentence: str, when: Callable[[Request], bool]) -> None:
    """Register a fault: the list answers some parameters with a server error."""

    def apply(server: Server) -> None:
        crash_on_requests(server, "list_media", when)

    FAULT.add(name, sentence, apply, "FH-LIST-05")


_crashes(
    "text-limits-crash",
    "A limit that is not a number causes a server error.",
    lambda request: not request.query_params.get("limit", "1").lstrip("-").isdigit(),
)
_crashes(
    "large-limits-crash",
    "A limit above the maximum causes a server error.",
    lambda request: (
        request.query_params.get("limit", "").isdecimal()
        and 100 < int(request.query_params["limit"]) < 10**9
    ),
)
_crashes(
    "empty-limits-crash",
    "An empty limit causes a server error.",
    lambda request: request.query_params.get("limit") == "",
)
_crashes(
    "short-cursors-crash",
    "A cursor of one character causes a server error.",
    lambda request: len(request.query_params.get("cursor", "long")) == 1,
)
_crashes(
    "empty-cursors-crash",
    "An empty cursor causes a server error.",
    lambda request: request.query_params.get("cursor") == "",
)
_crashes(
    "nul-in-a-cursor-crashes",
    "A NUL in the cursor causes a server error.",
    lambda request: "\0" in request.query_params.get("cursor", ""),
)
_crashes(
    "nul-in-a-limit-crashes",
    "A NUL in the limit causes a server error.",
    lambda request: "\0" in request.query_params.get("limit", ""),
)
_crashes(
    "long-cursors-crash",
    "A cursor of more than 2,000 characters causes a server error.",
    lambda request: len(request.query_params.get("cursor", "")) > 2_000,
)
