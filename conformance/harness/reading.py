"""Contexts that only read, or keep a library: there a request that may change it is not sent."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Methods that change nothing (RFC 9110 section 9.2.1).
READS = frozenset({"GET", "HEAD", "OPTIONS"})
_reading: ContextVar[bool] = ContextVar("reading", default=False)
_kept: ContextVar[str] = ContextVar("kept", default="")


class WriteRefused(BaseException):
    """A case wanted to write where it may not; no code of a case handles it."""


@contextmanager
def reading_only() -> Iterator[None]:
    """Send inside no request that may change something; raise `WriteRefused` instead."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


def check_reading(method: str) -> None:
    """Raise `WriteRefused` where a request with this method may not be sent."""
    if _reading.get() and method.upper() not in READS:
        raise WriteRefused(method)


@contextmanager
def keeping_library(caller: str) -> Iterator[None]:
    """Let inside no item come to the library of a caller or leave it; raise `WriteRefused`."""
    token = _kept.set(caller)
    try:
        yield
    finally:
        _kept.reset(token)


def check_library(caller: str | None) -> None:
    """Raise `WriteRefused` where the items of a caller must stay as they are."""
    if caller and _kept.get() == caller:
        raise WriteRefused(caller)
