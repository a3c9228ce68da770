"""The rows of the bench: what is measured, and against what it is held."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from tests.bench.measure import cost, fleet_cost, seconds_of, served
from tests.compared import compared, drawn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.bench.measure import Cost

_FAR_S = 0.1
_PROFILES = ("feedhive", "hayon")
_SIZES = (0, 1_000, 10_000)
_LARGE_SIZES = (*_SIZES, 50_000)
_SHARDS = 2
_TARGETS = 64
#: How many faults of each profile the seed draws for the comparison with schemathesis.
_COMPARED = {"feedhive": 20, "hayon": 10}
_SEED = 15


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


def shards() -> Iterator[Row]:
    """A run in two shards at the same time, each on a server of its own, beside a whole run."""
    with ExitStack() as stack:
        places = [stack.enter_context(served("feedhive", delay_s=_FAR_S)) for _ in range(_SHARDS)]
        whole = cost("feedhive", places[0], "--effort", "quick")
        with ThreadPoolExecutor(_SHARDS) as pool:
            parts = [*pool.map(_shard, range(1, _SHARDS + 1), places)]
    longest = max(part.wall_s for part in parts)
    requests = sum(part.requests for part in parts)
    figures = {"whole_s": whole.wall_s, "longest_s": longest, "requests": requests}
    name = f"feedhive quick at 100 ms: the longest of {_SHARDS} shards / a whole run"
    yield Row(name, round(longest / whole.wall_s, 2), 0.8, figures)


def _shard(number: int, place: dict[str, str]) -> Cost:
    words = ("--shard", f"{number}/{_SHARDS}", "--own-tokens")
    return cost("feedhive", place, "--effort", "quick", *words)


def fleet() -> Iterator[Row]:
    """A run of 64 targets, each a server of its own, beside that many runs of one of them."""
    with ExitStack() as stack:
        places = [stack.enter_context(served("hayon")) for _ in range(_TARGETS)]
        one = fleet_cost("hayon", places[:1], "--effort", "quick")
        all_of_them = fleet_cost("hayon", places, "--effort", "quick")
    figures = {**all_of_them.as_dict(), "one_s": one.wall_s, "one_peak_mib": one.peak_mib}
    ratio = round(all_of_them.wall_s / (_TARGETS * one.wall_s), 2)
    yield Row(f"hayon quick: {_TARGETS} targets / {_TARGETS} runs of one", ratio, 1.0, figures)


def beside_schemathesis() -> Iterator[Row]:
    """The kit beside schemathesis with the kit's document, on the same servers and faults."""
    found = {"schemathesis": 0, "kit": 0}
    for profile, sample in _COMPARED.items():
        correct = compared(profile, "", "", "quick")
        ratio = round(correct.kit.wall_s / correct.schemathesis.wall_s, 2)
        yield Row(f"{profile} quick: run / schemathesis", ratio, 1.0, asdict(correct))
        for fault, requirement in drawn(profile, sample, _SEED):
            tried = compared(profile, fault, requirement, "quick")
            found["schemathesis"] += tried.schemathesis.found
            found["kit"] += tried.kit.found
    ratio = round(found["schemathesis"] / max(found["kit"], 1), 2)
    name = f"faults of {sum(_COMPARED.values())}: found by schemathesis / by the kit"
    yield Row(name, ratio, round(1 / 3, 2), found)


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
    "shards": shards,
    "fleet": fleet,
    "schemathesis": beside_schemathesis,
}
