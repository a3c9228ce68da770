"""Puts mutants into runs: several that cannot disturb each other share one."""

from __future__ import annotations

import random
import shlex
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from conformance.problem import UsageProblem
from conformance.runner.mutants.derivation import Mutant, derive
from conformance.runner.mutants.levels import MUST, VARIANT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.model.profile import Profile

#: How many mutants one run may have at most.
_TOGETHER = 5


@dataclass(frozen=True)
class MutantPlan:
    """Which mutants to hold, how hard the suite works, and where the score is written.

    `sample` draws so many by `seed`; `only` are globs of ids. `by="rows"` holds each mutant first
    with one case of each row that fits, and with the whole suite only where these do not catch it:
    the same score for a fraction of the time. A hang or a fault of the kit in the other cases is
    then not seen.
    """

    only: tuple[str, ...] = ()
    sample: int | None = None
    seed: int = 0
    by: str = "all"
    effort: str = "quick"
    workers: int | None = None
    out: str | None = None

    def command(self, profile: str) -> str:
        """Return the command line that holds the same mutants."""
        words = ["conformance", "selftest", profile, "--mutants"]
        for glob in self.only:
            words += ["--only", glob]
        if self.sample:
            words += ["--sample", str(self.sample), "--seed", str(self.seed)]
        if self.by != "all":
            words += ["--by", self.by]
        return shlex.join([*words, "--effort", self.effort])


def chosen(profile: Profile, plan: MutantPlan) -> list[Mutant]:
    """Return the mutants of a plan; raise `UsageProblem` when there are none."""
    mutants = derive(profile)
    if plan.only:
        mutants = [one for one in mutants if any(fnmatchcase(one.id, glob) for glob in plan.only)]
    if plan.sample and plan.sample < len(mutants):
        mutants = random.Random(plan.seed).sample(mutants, plan.sample)  # noqa: S311 - no secret
    if not mutants:
        raise UsageProblem(f"--only selects no mutant of {profile.name}")
    return mutants


def grouped(profile: Profile, mutants: Iterable[Mutant]) -> list[list[Mutant]]:
    """Return the mutants in groups that share a run.

    A mutant that other cases build on runs alone. The others share a run with mutants of
    other operations; variants share it with variants only, since they must all pass.
    """
    anchors = {profile.catalogue[row].operation for row in profile.catalogue.anchors}
    groups: list[list[Mutant]] = []
    for mutant in mutants:
        if _disturbs(mutant, anchors):
            groups.insert(0, [mutant])
            continue
        open_groups = (group for group in groups if _takes(group, mutant, anchors))
        group = next(open_groups, None)
        if group is None:
            groups.append([mutant])
        else:
            group.append(mutant)
    return groups


def _disturbs(mutant: Mutant, anchors: set[str]) -> bool:
    """Say whether cases about other operations cannot go on with the mutated answers."""
    if mutant.level == VARIANT or mutant.mutation.refusal:
        return False
    return mutant.mutation.operation in anchors or (
        mutant.level == MUST and mutant.where == "everywhere"
    )


def _takes(group: list[Mutant], mutant: Mutant, anchors: set[str]) -> bool:
    return (
        len(group) < _TOGETHER
        and not any(_disturbs(one, anchors) for one in group)
        and mutant.mutation.operation not in {one.mutation.operation for one in group}
        and (mutant.level == VARIANT) == (group[0].level == VARIANT)
    )
