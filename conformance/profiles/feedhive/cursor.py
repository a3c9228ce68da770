"""Cursors of the list that the server did not give out."""

from __future__ import annotations

import base64
import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

# So many digits inside a cursor are changed, each in a request of its own.
_DIGITS = 12
#: Texts in the place of a cursor that make a careless server fail, by what they are.
BAD_CURSORS = {
    "letter": "x",
    "percent-encoded null": "%00",
    "cut base64": "eyJ9",
    "null": "null",
    "zero": "0",
    "negative": "-1",
    "list": "[]",
    "accent": "é",
    "very long": "a" * 3_000,
    "empty": "",
    "NUL": "\0",
    "line break": "\n",
    "not UTF-8": "\ufffd",
    "JSON object": base64.b64encode(b'{"a": 1}').decode(),
    "JSON list": base64.b64encode(b"[]").decode(),
    "JSON number": base64.b64encode(b"7").decode(),
}
#: A cursor that no server can read, and the base64 of a sentence, which some can.
UNREADABLE_CURSOR = "!! not a cursor !!"
INVENTED_CURSOR = base64.b64encode(b"no such cursor!").decode()


def is_an_id(cursor: str | None, ids: Collection[str]) -> bool:
    """Whether a cursor is an id, or the base64 of one: then any text may name a place."""
    if cursor in ids:
        return True
    try:
        return base64.b64decode((cursor or "") + "==", altchars=b"-_").decode() in ids
    except ValueError:
        return False


def altered_cursors(cursor: str) -> list[str]:
    """Return a cursor with one character changed, and with a changed number inside its base64."""
    places = sorted({0, len(cursor) // 4, len(cursor) // 2, len(cursor) * 3 // 4, len(cursor) - 1})
    altered = [
        cursor[:place] + letter + cursor[place + 1 :] for place in places for letter in "A1z"
    ]
    return [one for one in [*altered, *_moved(cursor)] if one != cursor]


def _moved(cursor: str) -> list[str]:
    """Return the cursor with each digit of its decoded text changed, if it is base64 of text."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        return []
    digits = [place for place, sign in enumerate(text) if sign in string.digits]
    changed = [
        f"{text[:place]}{(int(text[place]) + 1) % 10}{text[place + 1 :]}"
        for place in digits[:_DIGITS]
    ]
    return [base64.urlsafe_b64encode(one.encode()).decode().rstrip("=") for one in changed]
