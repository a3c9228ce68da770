"""Interruptions: none is lost, and none comes between a thing and its entry in the journal.

Python loses what a signal handler raises inside `__del__`, a callback of the garbage collector
or of a weak reference. So the handler also sets a flag, and each request and each case looks at
it (`check_interrupted`) until the session has taken the interruption (`taken`).
"""

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
_pending = threading.Event()

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGINT and SIGTERM interrupt what runs inside, in the main thread, and lose neither."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _pending.clear()
    before = {number: signal.signal(number, _interrupt) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM interrupt what runs inside, as SIGINT does, unless somebody else handles it."""
    own = threading.current_thread() is threading.main_thread()
    if not own or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    _pending.set()
    raise KeyboardInterrupt


def check_interrupted() -> None:
    """Raise `KeyboardInterrupt` again if one got lost; other threads than the main one go on."""
    if _pending.is_set() and threading.current_thread() is threading.main_thread():
        raise KeyboardInterrupt


def is_interrupted() -> bool:
    """Whether an interruption came that nobody has taken yet."""
    return _pending.is_set()


def taken() -> None:
    """Note that the session ends because of the interruption: clean-up may send again."""
    _pending.clear()


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
