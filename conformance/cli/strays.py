"""Keeps secrets out of the messages of the command line: a token may be in the wrong place."""

from __future__ import annotations

import os
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.model.redaction import Redactor, remembered
from conformance.settings.table import SETTINGS
from conformance.settings.target import secrets_of_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

NOT_SHOWN = "[not shown: it may be a secret]"

_EXTRA = re.compile(r"Got unexpected extra arguments? \(.*\)", re.DOTALL)
_FLAGS = {setting.flag for setting in SETTINGS if setting.secret}
# So many characters, digits and letters has a key that a service hands out, but no usual name.
_KEY = re.compile(r"(?=(?:\D*\d){2})(?=(?:[^a-z]*[a-z]){4})[\w+=-]{16,}", re.IGNORECASE | re.ASCII)
# The folder of the journals, which a user gives to `cleanup`.
_JOURNALS = re.compile(r"media-conformance-\d+", re.ASCII)
_RUN = re.compile(r"[a-z0-9]{20,}", re.IGNORECASE)


def hidden(message: str, words: Sequence[str]) -> str:
    """Return a message of the command line without the secrets that its words may be.

    Args:
        message: What is to be shown.
        words: The words of the command line.
    """
    text = Redactor(known(words)).text(message)
    text = _EXTRA.sub(f"unexpected extra argument {NOT_SHOWN}; pass a token as --token", text)
    for word in sorted(_suspects(words), key=len, reverse=True):
        text = re.sub(re.escape(word), NOT_SHOWN, text, flags=re.IGNORECASE)
    return text


def known(words: Sequence[str]) -> Iterator[str]:
    """Yield the secrets of this process: of its settings, its variables and its words."""
    yield from remembered()
    yield from secrets_of_environment()
    yield from (value for flag, value in pairwise(words) if flag in _FLAGS)
    for word in words:
        flag, equals, value = word.partition("=")
        if equals and flag in _FLAGS:
            yield value


def _suspects(words: Iterable[str]) -> set[str]:
    """Return the parts of words, and of variables, that look like a key."""
    variables = (value for name, value in os.environ.items() if name.startswith("CONFORMANCE_"))
    single = (part for word in (*words, *variables) for part in word.split())
    return {part for word in single if not _is_file(word) for part in _parts(word) if _is_key(part)}


def _is_key(text: str) -> bool:
    return bool(_KEY.fullmatch(text) or _RUN.fullmatch(text))


def _parts(word: str) -> list[str]:
    """Return the parts of a word that may be a key; the host of a URL is not one."""
    if "://" in word:
        rest = word.partition("://")[2]
        user = rest.rpartition("@")[0]
        word = f"{user}?{rest.partition('?')[2]}"
    elif word.startswith("-"):
        word = word.partition("=")[2]
    return re.split(r"[^\w+=-]+|(?<=\w)=(?=\w)", word)


def _is_file(word: str) -> bool:
    """Whether a word is a path, whose names a message needs."""
    try:
        path = Path(word)
        journal = any(map(_JOURNALS.fullmatch, path.parts))
        return journal or path.exists() or (len(path.parts) > 1 and path.parent.is_dir())
    except (OSError, ValueError):
        return False
