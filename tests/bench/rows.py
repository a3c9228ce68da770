"""The rows of the bench: what is measured, and against what it is held."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from tests.bench.measure import cost, seconds_of, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FAR_S = 0.1
_PROFILES = ("feedhive", "hayon")
_SIZES = (0, 1_000, 10_000)
_LARGE_SIZES = (*_SIZES, 50_000)


@dataclass(frozen=True)
class Row:
    """One row: a ratio that is smaller where the kit is better, and its goal.

    `figures` are what the ratio was made of.
    """

    name: str
    ratio: float
    goal: float | None = None
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met; None without one."""
        return None if self.goal is None else self.ratio <= self.goal

    def as_dict(self) -> dict[str, Any]:
        """Return the row as JSON can hold it."""
        return asdict(self)


def start_up() -> Iterator[Row]:
    """`--help`, beside a Python that does nothing."""
    bare = seconds_of(sys.executable, "-c", "pass")
    shown = seconds_of(sys.executable, "-m", "conformance", "--help")
    figures = {"help_s": round(shown, 3), "python_s": round(bare, 3)}
    yield Row("start-up: --help / an empty Python", round(shown / bare, 2), None, figures)


def near(effort: str = "quick") -> Iterator[Row]:
    """A run on this machine, beside the answers of a run of one case at a time, in order.

    They are about the least that a client needs that sends one request at a time.
    """
    for profile in _PROFILES:
        with served(profile) as place:
            found = cost(profile, place, "--effort", effort)
            ordered = cost(profile, place, "--effort", effort, "--concurrency", "1")
        of_ordered = {"in_order_s": ordered.in_order_s, "one_by_one_s": ordered.wall_s}
        figures = {**found.as_dict(), **of_ordered}
        ratio = round(found.wall_s / ordered.in_order_s, 2)
        yield Row(f"{profile} {effort}: run / its answers in order", ratio, 1.25, figures)


def far(effort: str = "quick") -> Iterator[Row]:
    """A run whose answers take 100 ms each, beside these waits one after the other."""
    for profile in _PROFILES:
        with served(profile, delay_s=_FAR_S) as place:
            found = cost(profile, place, "--effort", effort)
        ratio = round(found.wall_s / (found.of_target * _FAR_S), 3)
        name = f"{profile} {effort} at 100 ms: run / its waits in order"
        yield Row(name, ratio, 0.25, found.as_dict())


def growth(sizes: tuple[int, ...] = _SIZES) -> Iterator[Row]:
    """A run in a library that is large already, beside one in an empty library."""
    small = None
    for size in sizes:
        with served("feedhive", preload=size) as place:
            found = cost("feedhive", place, "--effort", "quick")
        small = small or found
        ratio = round(found.requests / small.requests, 2)
        figures = {**found.as_dict(), "wall_ratio": round(found.wall_s / small.wall_s, 2)}
        goal = 1.2 if size <= _SIZES[-1] else 1.3
        yield Row(f"feedhive quick, {size:,} items: requests / in none", ratio, goal, figures)


def processes() -> Iterator[Row]:
    """A run with two processes, beside one process, where answers take 100 ms."""
    with served("feedhive", delay_s=_FAR_S) as place:
        one = cost("feedhive", place, "--effort", "quick")
        two = cost("feedhive", place, "--effort", "quick", "--workers", "2")
    figures = {"one_s": one.wall_s, "two_s": two.wall_s}
    ratio = round(two.wall_s / one.wall_s, 2)
    yield Row("feedhive quick at 100 ms: 2 workers / 1", ratio, None, figures)


#: What every bench measures.
CORE: dict[str, Callable[[], Iterator[Row]]] = {
    "start-up": start_up,
    "near": near,
    "far": far,
    "growth": growth,
}
#: What `all` measures besides.
MORE: dict[str, Callable[[], Iterator[Row]]] = {
    "near standard": lambda: near("standard"),
    "far standard": lambda: far("standard"),
    "large": lambda: growth(_LARGE_SIZES),
    "processes": processes,
}
