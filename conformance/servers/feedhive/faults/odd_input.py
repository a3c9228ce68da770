"""Faults of odd input: text and JSON that a server should refuse and that makes it crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.servers.crashes import (
    crash_on_bodies,
    crash_on_requests,
    has_lone_surrogate,
    has_nul,
    is_deep,
)
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Server

_CREATE = "create_upload"


def _bodies(name: str, sentence: str, crashes: Callable[[bytes], bool]) -> None:
    def apply(server: Server) -> None:
        crash_on_bodies(server, _CREATE, crashes)

    FAULT.add(name, sentence, apply, "FH-CREATE-18")


_bodies(
    "nul-in-a-create-crashes",
    "A NUL in the filename or the type causes a server error.",
    has_nul,
)
_bodies(
    "deep-json-crashes-create",
    "A create whose JSON has a hundred open brackets in a row causes a server error.",
    is_deep,
)
_bodies(
    "lone-surrogates-crash-create",
    "A lone surrogate in the body of a create causes a server error.",
    has_lone_surrogate,
)
_bodies(
    "members-given-twice-crash-create",
    "A create that has the filename twice causes a server error.",
    lambda body: body.count(b'"filename"') > 1,
)
_bodies(
    "huge-numbers-crash-create",
    "A number of more than a hundred digits, or 1e400, causes a server error.",
    lambda body: (
        b"1e400" in body.lower() or any(digit * 100 in body for digit in (b"9", b"1", b"7"))
    ),
)


def _ids(verb: str, operation: str, requirement: str) -> None:
    """Register faults: an operation crashes on a character in the id."""
    for kind, text, words in (
        ("nul", "\0", "A NUL"),
        ("invalid-utf-8", "\ufffd", "A byte that is not UTF-8"),
        ("line-break", "\n", "A line break"),
        ("emoji", "\U0001f305", "An emoji"),
    ):
        if verb == "complete" and text == "\n":
            continue  # the router finds no route for such a path

        def apply(server: Server, text: str = text) -> None:
            # The router itself drops a line break at the end.
            crash_on_requests(server, operation, lambda it: text in it.scope["path"])

        sentence = f"{words} in the id causes a server error in {verb}."
        FAULT.add(f"{kind}-crashes-{verb}", sentence, apply, requirement)


_ids("get", "get_media", "FH-GET-13")
_ids("delete", "delete_media", "FH-DELETE-14")
_ids("complete", "complete_upload", "FH-COMPLETE-16")


def _limits(name: str, sentence: str, text: str) -> None:
    def apply(server: Server) -> None:
        crash_on_requests(server, "list_media", lambda it: it.query_params.get("limit") == text)

    FAULT.add(name, sentence, apply, "FH-LIST-05")


_limits("superscripts-crash-list", "A limit of a superscript digit crashes.", "\u00b2")
_limits("infinity-crashes-list", "A limit of Infinity crashes.", "Infinity")
