"""Faults of errors: each shows what a part of the server said, and not a message for people."""

from __future__ import annotations

from conformance.servers.feedhive.registry import FAULT

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
    FAULT.rewriting(refusals=True)(
        f"errors-show-{name}",
        "FH-ERROR-02",
        f"Errors contain {words}.",
        lambda answer: answer.body.update(detail=text),
    )


for _name, (_words, _text) in _TEXTS.items():
    _shows(_name, _words, _text)
