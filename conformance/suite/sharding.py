"""Splits the cases of a suite into shards that take about the same time.

The split depends on nothing but the ids of the cases, the number of shards and the durations that
come with the kit. So all shards of one version agree, wherever they run, and each case is in
exactly one of them.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from conformance.model.profile import specs_folder
from conformance.problem import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from conformance.model.shard import Shard

#: The file of the durations, in the folder of a profile's documents.
FILE = "durations.json"
#: The seconds of a case that the file does not know.
DEFAULT_S = 0.5
#: What each case costs beside its own seconds, so that a shard does not get all the short ones.
_EACH_S = 0.05
# Cases that take so long begin first.
_LONG_S = 1.0
_SCENARIOS = "scenarios/"


def name_of(case: str) -> str:
    """Return the part of the id of a case that is the same in every session: from its module on."""
    place, found, rest = case.partition(_SCENARIOS)
    return f"{found}{rest}" if found else place


def durations_file(profile: str) -> Path:
    """Return the file with the seconds of each case of a profile."""
    return specs_folder() / profile / FILE


@cache
def durations(profile: str) -> Mapping[str, float]:
    """Return the seconds of each known case of a profile, by its name."""
    path = durations_file(profile)
    known: dict[str, float] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return known


def longest_first(profile: str) -> Callable[[str], float]:
    """Return the sort key of ids: long cases begin first, so that none ends behind all others."""
    known = durations(profile)

    def turn(case: str) -> float:
        seconds = known.get(name_of(case), DEFAULT_S)
        return -seconds if seconds >= _LONG_S else 0.0

    return turn


def split(cases: Iterable[str], seconds: Mapping[str, float], of: int) -> list[set[str]]:
    """Return the cases of each shard: the longest first, each to the shard with the least to do.

    Args:
        cases: The ids of all cases.
        seconds: How long a case takes, by its name.
        of: How many shards there are.
    """
    lengths = {case: _EACH_S + seconds.get(name_of(case), DEFAULT_S) for case in cases}
    shards: list[set[str]] = [set() for _ in range(of)]
    loads = [0.0] * of
    for case in sorted(lengths, key=lambda one: (-lengths[one], name_of(one), one)):
        least = loads.index(min(loads))
        shards[least].add(case)
        loads[least] += lengths[case]
    return shards


def chosen(cases: Iterable[str], profile: str, shard: Shard) -> set[str]:
    """Return the cases of one shard.

    Raises:
        UsageProblem: There are fewer cases than shards, so that this one has none.
    """
    known = list(cases)
    mine = split(known, durations(profile), shard.of)[shard.number - 1]
    if known and not mine:
        cases_words = "1 case is" if len(known) == 1 else f"{len(known)} cases are"
        raise UsageProblem(
            f"{shard.flag} has no case: only {cases_words} selected, so use fewer shards"
        )
    return mine
