"""Counts the scores of mutants by operation, member, kind and place.

It works on plain data, the rows of `selftest --mutants --out FILE`, so that the terminal and
the documentation count alike.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.runner.mutants.levels import MUST, SHOULD, VARIANT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Row = dict[str, Any]

#: The outcome of a mutant that changed no answer: it shows nothing about the kit.
IDLE = "idle"
#: The outcomes of a mutant that the kit noticed as it should.
CAUGHT = frozenset({"failed", "warned", "overrated"})
#: The outcomes of a run that is not a judgement of the server.
BROKEN = frozenset({"exit 4", "hang"})
#: One mutant in so many of a reference member may be missed, and one in any case.
_SHOULD_MISSES = 20
LEVELS = (MUST, SHOULD, VARIANT)


@dataclass
class Count:
    """How many mutants of one kind struck, and how many of them the kit judged rightly."""

    right: int = 0
    struck: int = 0

    def __str__(self) -> str:
        return f"{self.right} of {self.struck}" if self.struck else ""


def is_right(outcome: str) -> bool:
    """Say whether an outcome is the one that the kit should come to."""
    return outcome in CAUGHT or outcome == "passed"


def _member(row: Row) -> str:
    place = (row["pointer"] or "/") if row["part"] == "body" else row["pointer"] or row["part"]
    return f"{'refusal' if row['refusal'] else 'success'} {place}"


#: What the scores are counted by.
DIMENSIONS: dict[str, Callable[[Row], str]] = {
    "operation": lambda row: str(row["operation"]),
    "member": _member,
    "kind": lambda row: f"{row['part']} {row['kind']}",
    "where": lambda row: str(row["where"]).partition(" ")[0],
}


def tallied(rows: Iterable[Row], dimension: str) -> dict[str, dict[str, Count]]:
    """Return the counts by the values of a dimension, sorted, and by level."""
    counted: dict[str, dict[str, Count]] = defaultdict(lambda: {level: Count() for level in LEVELS})
    for row in rows:
        if row["outcome"] != IDLE:
            count = counted[DIMENSIONS[dimension](row)][row["level"]]
            count.struck += 1
            count.right += is_right(row["outcome"])
    return dict(sorted(counted.items()))


def total(rows: Iterable[Row], level: str) -> Count:
    """Return the count of all mutants of a level that struck."""
    struck = [row for row in rows if row["level"] == level and row["outcome"] != IDLE]
    return Count(sum(is_right(row["outcome"]) for row in struck), len(struck))


def promises_kept(rows: list[Row]) -> bool:
    """Say whether a run of mutants shows that the kit keeps its promises.

    Each mutant of a MUST member is failed, and each variant passes; of the mutants of
    reference members one in twenty may be missed. No run stumbles or hangs. Where no mutant
    struck, nothing is shown.
    """
    should = total(rows, SHOULD)
    allowed = max(1, should.struck // _SHOULD_MISSES)
    return (
        any(row["outcome"] != IDLE for row in rows)
        and not any(row["outcome"] in BROKEN for row in rows)
        and all(count.right == count.struck for count in (total(rows, MUST), total(rows, VARIANT)))
        and should.struck - should.right <= allowed
    )
