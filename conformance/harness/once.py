"""Things that are made once, also where several cases ask for them at the same time."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator


class Once:
    """A lock for each thing: one thread makes it, and the others wait until it is there.

    A thing may need others that are made once too, as long as these do not need it.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[Hashable, threading.RLock] = {}

    @contextmanager
    def making(self, thing: Hashable) -> Iterator[None]:
        """Look inside whether a thing is there, and make it if not."""
        with self._guard:
            lock = self._locks.setdefault(thing, threading.RLock())
        with lock:
            yield
