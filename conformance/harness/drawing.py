"""One case at a time draws, whatever lanes they run in.

Hypothesis may run in several threads, but it reads the source of strategies by `ast.parse`, which
fails in CPython 3.11 where two threads are inside of it (python/cpython#106905).
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCK = threading.Lock()


@contextmanager
def drawing() -> Iterator[None]:
    """Draw inside: no other thread does meanwhile."""
    with _LOCK:
        yield


@contextmanager
def not_drawing() -> Iterator[None]:
    """Let others draw meanwhile, inside of `drawing`."""
    _LOCK.release()
    try:
        yield
    finally:
        _LOCK.acquire()
