"""The headers of requests and answers: equal ones share their memory, since a run keeps many."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.model.redaction import Headers

#: Longer values are not shared: they would stay in memory after their exchange.
_LONGEST = 128


def shared(pairs: Iterable[tuple[str, str]]) -> Headers:
    """Return headers as one tuple."""
    return tuple(_same(*pair) if len(pair[1]) <= _LONGEST else pair for pair in pairs)


def read(raw: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Return the headers of an answer as texts; every byte is a character of its own."""
    return shared((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw)


@lru_cache(maxsize=1024)
def _same(name: str, value: str) -> tuple[str, str]:
    return name, value
