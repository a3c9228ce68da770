"""Which texts belong to which callers, to see what an answer gives away.

Only texts that nobody writes by chance count: ids, filenames, and the last parts of the paths
of objects, if they are long enough. A word that both callers may know is not a secret.
"""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from conformance.knowledge.callers import are_different

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.knowledge.place import Place
    from conformance.model.exchange import Request

_WORD = re.compile(r"[\w.-]{6,}")
_SHORTEST = 8
_BASE64 = re.compile(r"[\w+/-]{8,}", re.ASCII)
_URL_SAFE = str.maketrans("-_", "+/")
_MOMENT = re.compile(r"\d{4}-?\d\d-?\d\d")
_HEADERS_NOT_READ = frozenset({"authorization", "user-agent"})


def is_distinctive(word: str) -> bool:
    """Whether nobody writes a word by chance: it has letters and digits, and is not a moment."""
    return (
        len(word) >= _SHORTEST
        and any(map(str.isdigit, word))
        and any(map(str.isalpha, word))
        and not _MOMENT.match(word)
    )


def words_of(text: str) -> set[str]:
    """Return the distinctive words of a text."""
    return {word for word in _WORD.findall(text) if is_distinctive(word)}


def sent_words(request: Request) -> set[str]:
    """Return the distinctive words of a request: an answer may repeat them.

    A refusal may also say what it read in a cursor, which is often an id in base64.
    """
    headers = " ".join(
        value for name, value in request.headers if name.lower() not in _HEADERS_NOT_READ
    )
    body = request.body.decode("utf-8", "replace")
    twice = unquote_plus(unquote_plus(request.url))
    text = f"{request.url} {unquote_plus(request.url)} {twice} {headers} {body}"
    return words_of(f"{text} {' '.join(_decoded(twice))}")


def _decoded(text: str) -> Iterator[str]:
    """Yield the texts that the words of a text are in base64."""
    for word in _BASE64.findall(text):
        padded = word.translate(_URL_SAFE)
        try:
            yield b64decode(padded + "=" * (-len(padded) % 4)).decode()
        except ValueError:
            continue


class Texts:
    """The distinctive words of each caller's sessions, media and objects."""

    def __init__(self) -> None:
        self._knowing: dict[str, set[str]] = {}

    def learn(self, caller: str, *texts: object) -> None:
        """Note that an answer gave texts to a caller, or that the caller sent them."""
        for text in texts:
            if isinstance(text, str):
                for word in words_of(text):
                    self._knowing.setdefault(word, set()).add(caller)

    def learn_place(self, caller: str, place: Place | None) -> None:
        """Note the name of an object: the last part of its path."""
        if place is not None:
            self.learn(caller, place.name)

    def of_others(self, caller: str, words: set[str]) -> set[str]:
        """Return the words that only other callers know."""
        return {
            word
            for word in words
            if all(are_different(caller, one) for one in self._knowing.get(word, {caller}))
        }
