"""Ctrl-C, held back while something is being created whose name is not journalled yet."""

from __future__ import annotations

import functools
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def held_back() -> Iterator[None]:
    """Let a first interruption wait for the end of the block; a second one does not wait.

    What a server has created and the kit has not journalled could never be removed, so the
    request and its entry in the ledger belong together. Other threads than the main one are
    never interrupted (`signal`), and keep what handlers there are.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # A handler that is none of Python's (None) can be neither called nor put back.
    handlers = {number: signal.getsignal(number) for number in _SIGNALS}
    before = {number: handler for number, handler in handlers.items() if handler is not None}
    waiting: list[tuple[int, FrameType | None]] = []

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def hold(number: int, frame: FrameType | None) -> None:
        waiting.append((number, frame))
        restore()

    for number, handler in before.items():
        if callable(handler):
            signal.signal(number, hold)
    try:
        yield
    finally:
        restore()
        if waiting:
            signal.raise_signal(waiting[0][0])


def uninterrupted(function: Callable[P, R]) -> Callable[P, R]:
    """Hold interruptions back for the length of a call."""

    @functools.wraps(function)
    def whole(*args: P.args, **kwargs: P.kwargs) -> R:
        with held_back():
            return function(*args, **kwargs)

    return whole
