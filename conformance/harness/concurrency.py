"""Requests at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")
R = TypeVar("R")


def parallel(action: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Run an action on all items at the same time, and return the results in their order.

    Args:
        action: What to do with one item.
        items: All of them; each gets a thread of its own.
    """
    arguments = list(items)
    if not arguments:
        return []
    with ThreadPoolExecutor(max_workers=len(arguments)) as pool:
        return list(pool.map(action, arguments))
