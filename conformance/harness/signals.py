"""Delays Ctrl-C while a thing is created and not yet in the journal."""

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
    """Delay a first interruption until the end of the block; a second one is not delayed.

    A thing that a server created and the kit did not journal could never be removed, so the
    request and its entry in the ledger belong together. Only the main thread is interrupted
    (`signal`); in other threads this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # None means a handler that was not set from Python: it cannot be put back.
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
    """Delay interruptions until a call is finished."""

    @functools.wraps(function)
    def whole(*args: P.args, **kwargs: P.kwargs) -> R:
        with held_back():
            return function(*args, **kwargs)

    return whole
