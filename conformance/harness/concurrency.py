"""Requests at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, TypeVar

from conformance.harness.pace import unpaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

T = TypeVar("T")
R = TypeVar("R")


def parallel(
    action: Callable[[T], R],
    items: Iterable[T],
    at_once: int | None = None,
    *,
    within: Callable[[], AbstractContextManager[None]] = unpaced,
) -> list[R]:
    """Run an action on all items at the same time, and return the results in their order.

    Args:
        action: What to do with one item; it runs in a copy of this context.
        items: All of them; each gets a thread of its own.
        at_once: How many run at the same time; all of them without it.
        within: The context of all actions. By `paced` they do not send more requests at the same
            time than the pace allows.
    """
    arguments = list(items)
    if not arguments:
        return []
    with within():
        contexts = [copy_context() for _ in arguments]
    with ThreadPoolExecutor(max_workers=at_once or len(arguments)) as pool:
        begun = [
            pool.submit(context.run, action, argument)
            for context, argument in zip(contexts, arguments, strict=True)
        ]
        return [one.result() for one in begun]


def together(*actions: Callable[[], R]) -> list[R]:
    """Run all actions at the same time, and return their results in this order."""
    return parallel(lambda action: action(), actions)
