"""Whether this thread disturbs the server, such as by letting its storage fail."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Why an answer is lost to the oracles while the kit disturbs the server.
DISTURBED = "the kit lets the storage fail"

_disturbing: ContextVar[bool] = ContextVar("disturbing", default=False)


@contextmanager
def disturbing() -> Iterator[None]:
    """Mark the requests of this thread as sent to a server that the kit disturbs.

    The documents say nothing about its answers, and they leave open what was done. So they are
    lost answers to the oracles, and are not sent again; the case itself judges them.
    """
    token = _disturbing.set(True)
    try:
        yield
    finally:
        _disturbing.reset(token)


def is_disturbed() -> bool:
    """Whether this thread disturbs the server."""
    return _disturbing.get()
