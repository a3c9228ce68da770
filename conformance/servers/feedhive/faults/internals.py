"""Faults of errors: each shows what a part of the server said, and not a message for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from conformance.servers.deviation import Answer, Server

_TEXTS = {
    "a-query": ("a statement of SQL", 'select "id", "key" from "media" where "id" = $1'),
    "a-driver-error": (
        "the error of a database's driver",
        "(psycopg2.errors.UndefinedColumn) column media.size does not exist",
    ),
    "a-client-error": (
        "the error of the storage's client",
        "An error occurred (NoSuchKey) when calling the HeadObject operation: Not Found",
    ),
    "an-address": ("the address of the database", "connect ECONNREFUSED 10.0.0.5:5432"),
    "a-program-error": (
        "the error of the program",
        "Cannot read properties of undefined (reading 'id')",
    ),
}


def _shows(name: str, words: str, text: str) -> None:
    def apply(server: Server) -> None:
        @server.answers(refusals=True)
        def shown(answer: Answer) -> None:
            answer.body["detail"] = text

    FAULT.add(f"errors-show-{name}", f"Errors contain {words}.", apply, "FH-ERROR-02")


for _name, (_words, _text) in _TEXTS.items():
    _shows(_name, _words, _text)
