"""Which cases a pytest session runs: by which names they are selected, and what is left out."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from conformance.model.profile import Profile, profile_names, profile_of
from conformance.model.shard import Shard
from conformance.problem import KitFault, Problem, UsageProblem, did_you_mean
from conformance.settings.pytest_options import wanted_requirements
from conformance.suite import sharding
from conformance.suite.sessions import declare
from conformance.suite.stash import ANCHOR, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pytest

    from conformance.model.requirement import Requirement


def label(item: pytest.Item, profile: str) -> None:
    """Make a case selectable by the id, the level and the operation of its requirement.

    `-m` accepts `must`, `should` and the operation, `-k` the id, with dashes or underscores.
    """
    try:
        row = requirement_of(item, profile)
    except KitFault:
        return  # reported when the collection is complete
    level = row.level.value.lower()
    declare(
        {
            level: f"the requirement is a {row.level}",
            row.operation: f"the requirement is one of the operation {row.operation}",
        }
    )
    item.add_marker(level)
    item.add_marker(row.operation)
    item.extra_keyword_matches.update({row.id, row.id.replace("-", "_")})


def requirement_of(item: pytest.Item, profile: str) -> Requirement:
    """Return the one requirement that a case proves; raise `KitFault` for none or several."""
    names = [mark.args[0] for mark in item.iter_markers("requirement") if mark.args]
    if len(names) != 1:
        found = "no requirement" if not names else f"{len(names)} requirements"
        raise KitFault(f"{item.nodeid} names {found}: a case proves exactly one")
    try:
        return Profile.load(profile).catalogue[names[0]]
    except Problem as problem:
        raise KitFault(f"{item.nodeid}: {problem}") from None


def check_requirements(names: Sequence[str]) -> None:
    """Raise `UsageProblem` for an id that no profile has."""
    known = [row.id for profile in profile_names() for row in Profile.load(profile).catalogue]
    for name in names:
        if name not in known:
            raise UsageProblem(
                f"no requirement {name!r}: `conformance list requirements PROFILE` shows them all"
                f"{did_you_mean(name, known)}"
            )


def select(
    config: pytest.Config,
    items: list[pytest.Item],
    scenarios: Mapping[pytest.Item, str],
    values: Mapping[str, Any],
) -> None:
    """Deselect the cases that effort, options and shard exclude, and put the others in order.

    The first case of each anchor comes before all others, since a server may limit how much one
    caller uploads, and the waiting cases come last. `scenarios` names the requirement of each
    case of the kit; other items stay. `values` are the settings.
    Raises `UsageProblem` for a shard that is not one, or that has no case.
    """
    wanted = wanted_requirements(config)
    quick = values["effort"] == "quick"
    left_out = [
        item
        for item, requirement in scenarios.items()
        if (wanted and requirement not in wanted) or (quick and item.get_closest_marker("search"))
    ]
    rest = {item: row for item, row in scenarios.items() if item not in set(left_out)}
    left_out += [] if _names_cases(config) else _of_other_shards(rest, values)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]
    for item in _first_of_anchors({item: scenarios[item] for item in items if item in scenarios}):
        item.stash[ANCHOR] = True
    two = bool(values["other_token"])
    items.sort(key=lambda item: _turn(item, scenarios.get(item), two_callers=two))


def _first_of_anchors(scenarios: Mapping[pytest.Item, str]) -> Iterable[pytest.Item]:
    """Return one case of each anchor: the first that does not wait."""
    found: dict[str, pytest.Item] = {}
    for item, requirement in scenarios.items():
        anchors = profile_of(requirement).catalogue.anchors
        if requirement in anchors and not item.get_closest_marker("waits"):
            found.setdefault(requirement, item)
    return found.values()


def _names_cases(config: pytest.Config) -> bool:
    """Return whether the session was given the ids of cases: then it runs them, and no others."""
    return any("::" in str(word) for word in config.args)


def _of_other_shards(
    scenarios: Mapping[pytest.Item, str], values: Mapping[str, Any]
) -> list[pytest.Item]:
    """Return the cases that belong to other shards of the run."""
    shard = Shard.of_settings(values)
    if shard is None or not scenarios:
        return []
    profile = profile_of(next(iter(scenarios.values()))).name
    mine = sharding.chosen([item.nodeid for item in scenarios], profile, shard)
    return [item for item in scenarios if item.nodeid not in mine]


def _turn(item: pytest.Item, requirement: str | None, *, two_callers: bool) -> int:
    """Return the place of an item in the order.

    The anchors come first (-1), then cases that may run beside each other (0), those that only
    read (1), those that change the items of both callers (2), those that need the library for
    themselves (3), and the waiting ones (4).
    """
    if item.stash.get(ANCHOR, False):
        return -1
    if requirement is None:
        return 0
    if item.get_closest_marker("waits"):
        return 4
    later = two_callers and item.get_closest_marker("two_libraries")
    return {Company.READERS: 1, Company.NONE: 3}.get(company_of(item), 2 if later else 0)


class Company(Enum):
    """Beside which cases of its process a case may run."""

    ANY = ""
    KNOWN = "known cases"
    READERS = "readers"
    TRIED = "tried beside others"
    NONE = "none"
    #: Beside cases that keep the library of the other caller as it is.
    APART = "apart"


def company_of(item: pytest.Item) -> Company:
    """Return beside which cases a case may run, by its mark."""
    mark = item.get_closest_marker("exclusive")
    if mark is None:
        return Company.ANY
    return Company(mark.args[0]) if mark.args else Company.NONE


def described(config: pytest.Config) -> str:
    """Return the options that select cases, as the user writes them, or an empty text."""
    keyword, marks = config.getoption("keyword"), config.getoption("markexpr")
    wanted = wanted_requirements(config)
    shard = Shard.of_settings(settings_of(config))
    parts = [f"-m {marks!r}"] if marks else []
    parts += [f"--conformance-requirement {name}" for name in wanted]
    if config.getoption("lf", default=False):
        parts.append("--lf")
    if shard is not None:
        parts.append(shard.flag)
    if not parts:
        return str(keyword or "")
    return " ".join([*([f"-k {keyword!r}"] if keyword else []), *parts])
