"""Ids that nobody gave out, and other spellings of one that the server gave out."""

from __future__ import annotations

import re
from contextlib import nullcontext
from typing import TYPE_CHECKING
from uuid import uuid4

from conformance.judge.finding import NotApplicable

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from conformance.harness.completions import Completions

# A shorter id may be counted: then the ids that are nearly equal are those of other items.
_UNIQUE_ID_LENGTH = 12
_COUNTED = re.compile(r"[^0-9]*[0-9]{1,8}")

#: Texts in the place of an id that make a careless server fail, by what they are.
BAD_IDS = {
    "two dots": "..",
    "percent sign": "%",
    "encoded slash": "%2F",
    "quote": "'",
    "accents": "é/ü",
    "very long": "a" * 3_000,
    "null": "null",
    "zero": "0",
    "blank": " ",
    "several slashes": "upl_x/y/z",
    "NUL": "med_\0",
    "not UTF-8": "med_\ufffd",
    "line break": "med_\n",
    "emoji": "med_\U0001f305",
}

#: Names that every object of JavaScript holds; a look-up in a plain object finds them.
BUILT_IN_NAMES = ("constructor", "toString", "__proto__")


def unknown_id(shape: str) -> str:
    """Return an id that no server gave out."""
    token = uuid4().hex
    return f"med_{token[:4]}/{token[4:20]}" if shape == "slashed" else f"med_{token[:20]}"


def is_of_one_thing(known_id: str) -> bool:
    """Whether no other session or media can have this id, or nearly this id, by chance.

    Short ids are counted, and a server may count its sessions and its media from one each. So is
    a number behind words, such as `acme_media_57`.
    """
    return len(known_id) >= _UNIQUE_ID_LENGTH and not _COUNTED.fullmatch(known_id)


def not_given_again(completions: Completions, *ids: str) -> AbstractContextManager[None]:
    """Let none of these ids become that of a new item inside, although its item is deleted.

    A server that counts may do that, and a request that comes too late would meet the new item.
    """
    return nullcontext() if all(map(is_of_one_thing, ids)) else completions.paused()


def in_another_case(media_id: str) -> str:
    """Return an id with its letters in the other case; a short one may be another item's id."""
    swapped = media_id.swapcase()
    if swapped == media_id or not is_of_one_thing(media_id):
        raise NotApplicable("an id in another letter case would be the same or another item's")
    return swapped


def nearly(media_id: str, shape: str) -> str:
    """Return an id with a wrong end, or a pattern that matches the id.

    A pattern whose wildcard comes first would match no id of a counter that another client has.
    Many decoders of base64 ignore missing padding, what follows it, and a single last character.
    """
    core = media_id.rstrip("=")
    if shape == "cut short" and not is_of_one_thing(media_id):
        raise NotApplicable("a part of a short id may be the id of another item, or no id at all")
    return {
        "cut short": core[:-1],
        "longer": f"{core}a0",
        "a pattern": f"{core[:-1]}%",
        "any letter": f"_{core[1:]}",
        "any beginning": f"%{core[1:]}",
    }[shape]
