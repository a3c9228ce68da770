"""Interruptions: none is lost, and none comes between a thing and its entry in the journal.

Python loses what a signal handler raises inside `__del__`, a callback of the garbage collector
or of a weak reference, and prints a traceback. So the handler also sets a flag, and each request,
wait and case looks at it (`check_interrupted`) until the session has taken the interruption
(`taken`). And where Python lost it, no traceback is shown, and the signal comes again a moment
later: the main thread may be in a wait that looks at no flag.
"""

from __future__ import annotations

import _thread
import functools
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_pending = threading.Event()
#: Seconds until a signal that Python lost comes again.
_AGAIN_S = 0.05

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGINT and SIGTERM interrupt what runs inside, in the main thread, and lose neither."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _interrupt) for number in _SIGNALS}
    if _interrupt not in before.values():
        _pending.clear()
    try:
        with _nothing_lost():
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
        with _nothing_lost():
            yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextmanager
def _nothing_lost() -> Iterator[None]:
    """Let an interruption that Python lost come again, without a traceback on the screen."""
    before = sys.unraisablehook

    def hook(lost: sys.UnraisableHookArgs) -> None:
        if issubclass(lost.exc_type, KeyboardInterrupt):
            _pending.set()
            _come_again()
        else:
            before(lost)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before


def _come_again() -> None:
    """Send SIGINT once more a moment later, unless somebody has taken the interruption by then."""

    def send() -> None:
        if not _pending.is_set():
            return
        main = threading.main_thread().ident
        if main is not None and hasattr(signal, "pthread_kill"):
            signal.pthread_kill(main, signal.SIGINT)  # this also ends a wait for a lock
        else:
            _thread.interrupt_main()

    timer = threading.Timer(_AGAIN_S, send)
    timer.daemon = True
    timer.start()


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    _pending.set()
    raise KeyboardInterrupt


def leave() -> None:
    """Let SIGINT and SIGTERM end the process at once from now on."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_DFL)


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
