"""Reads the entries of a HAR file one by one, so that a large file needs little memory.

Python's own reader of JSON reads a whole file. Here a buffer grows until it holds the next
value; it doubles each time, so no value is read more than about twice.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TextIO

from conformance.problem import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PIECE = 256 * 1024
#: One entry may be so long: a film in base64 fits.
LONGEST_ENTRY = 256 * 1024 * 1024
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


class _Unfit(Exception):
    """The text is not that of an archive; the message says why."""


class _Text:
    """The text of a file. Only the part after the current place is kept."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._text = ""
        self._at = 0
        self._ended = False

    def _read(self, least: int) -> bool:
        """Read on; return whether there was more."""
        if self._ended:
            return False
        more = self._file.read(max(least, _PIECE))
        self._ended = not more
        self._text = self._text[self._at :] + more
        self._at = 0
        return bool(more)

    def next_character(self) -> str:
        """Return the next character behind white space, without taking it; empty at the end."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._read(_PIECE):
                return ""

    def take(self, wanted: str) -> None:
        """Take one character, which must be there."""
        found = self.next_character()
        if found != wanted:
            raise _Unfit(f"there is {found or 'the end of the file'!r} instead of {wanted!r}")
        self._at += 1

    def value(self) -> Any:
        """Take the next JSON value."""
        self.next_character()
        while True:
            try:
                found, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                size = len(self._text) - self._at
                if size > LONGEST_ENTRY:
                    raise _Unfit("one value of it is longer than 256 MB") from None
                if not self._read(size):
                    raise _Unfit(f"it is cut off, or not JSON ({error.msg})") from None
                continue
            except RecursionError:
                raise _Unfit("it is nested too deeply") from None
            # A number at the end of the buffer may go on.
            if end == len(self._text) and isinstance(found, int | float) and self._read(_PIECE):
                continue
            self._at = end
            return found

    def members(self) -> Iterator[str]:
        """Yield the names of an object; the caller takes each value."""
        self.take("{")
        while self.next_character() != "}":
            name = self.value()
            if not isinstance(name, str):
                raise _Unfit("the name of a member is not a text")
            self.take(":")
            yield name
            if self.next_character() == ",":
                self.take(",")
        self.take("}")

    def elements(self) -> Iterator[Any]:
        """Yield the elements of an array."""
        self.take("[")
        while self.next_character() != "]":
            yield self.value()
            if self.next_character() == ",":
                self.take(",")
        self.take("]")


def entries(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the members of the archive's log: each entry, and each other member that is a text.

    Args:
        path: The HAR file.

    Yields:
        "entry" and an entry as it was read, or the name and the text of another member.

    Raises:
        UsageProblem: The file cannot be read, or it is not a HAR file.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _log(_Text(file))
    except OSError as error:
        raise UsageProblem(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageProblem(f"{path} is not a HAR file: it is not UTF-8 text") from None
    except _Unfit as error:
        raise UsageProblem(f"{path} is not a HAR file: {error}") from None


def _log(text: _Text) -> Iterator[tuple[str, Any]]:
    if text.next_character() != "{":
        raise _Unfit("it is not a JSON object with the member 'log'")
    found = False
    for name in text.members():
        if name != "log" or text.next_character() != "{":
            text.value()
            continue
        for member in text.members():
            if member == "entries" and text.next_character() == "[":
                found = True
                yield from (("entry", one) for one in text.elements())
                continue
            value = text.value()
            if isinstance(value, str):
                yield member, value
    if not found:
        raise _Unfit("it has no list log.entries")
