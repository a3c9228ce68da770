"""`conformance selftest --mutants`: what the kit notices of answers that are mutated."""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from conformance.problem import ExitCode, UsageProblem
from conformance.runner.collection import cases
from conformance.runner.mutants.levels import VARIANT
from conformance.runner.mutants.plan import MutantPlan, chosen, grouped
from conformance.runner.mutants.score import Score, clear, print_score, scores
from conformance.runner.mutants.tally import CAUGHT, promises_kept
from conformance.runner.mutants.trial import hold
from conformance.runner.processes import interruptible_pool
from conformance.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.model.profile import Profile
    from conformance.reports.terminal.console import Console
    from conformance.runner.mutants.derivation import Mutant
    from conformance.runner.mutants.trial import Held


def run(profile: Profile, plan: MutantPlan, console: Console) -> ExitCode:
    """Hold the mutants of a plan and print the score.

    Returns 1 when a mutant of a MUST member is not failed, more than one in twenty of a
    reference member are missed, a run hangs or ends in exit code 4, a variant is blamed, or
    no mutant struck.

    Args:
        profile: The profile whose documents are mutated.
        plan: Which mutants, and how.
        console: Where the score is printed.

    Raises:
        UsageProblem: Nothing is selected, or the file of the score cannot be written.
    """
    started = time.monotonic()
    mutants = chosen(profile, plan)
    found: list[Score] = []
    for score in _held(profile, mutants, plan, console):
        found.append(score)
        _write(profile, plan, found)  # each, so that a run which is stopped leaves its scores
    found.sort(key=lambda one: one.mutant.id)
    _write(profile, plan, found)
    print_score(profile.name, found, time.monotonic() - started, console)
    kept = promises_kept([one.as_dict() for one in found])
    return ExitCode.OK if kept else ExitCode.FAILED


def _write(profile: Profile, plan: MutantPlan, found: list[Score]) -> None:
    """Write the scores as JSON: when and how they were made, and one object for each mutant."""
    if not plan.out:
        return
    about = {
        "profile": profile.name,
        "date": datetime.now(UTC).date().isoformat(),
        "command": plan.command(profile.name),
        "version": __version__,
    }
    try:
        told = {**about, "mutants": [one.as_dict() for one in found]}
        Path(plan.out).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageProblem(f"--out {plan.out} cannot be written: {error.strerror}") from None


def _held(
    profile: Profile, mutants: list[Mutant], plan: MutantPlan, console: Console
) -> Iterator[Score]:
    """Hold the mutants in groups; one that its group leaves open is held again alone.

    What the first cases leave open is held in groups again, by the whole suite.
    """
    workers = plan.workers or os.cpu_count() or 1
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bar = Progress(
        *columns, TimeRemainingColumn(), console=console, transient=True, disable=not console.live
    )
    _write(profile, plan, [])
    with bar, ThreadPoolExecutor(workers) as pool, interruptible_pool(pool):
        task = bar.add_task("mutants", total=len(mutants))
        groups, first = grouped(profile, mutants), _first_cases(profile, plan)
        while groups:
            futures = {
                pool.submit(hold, profile.name, group, plan.effort, few): few
                for group in groups
                for few in [_cases_for(group, first)]
            }
            uncaught: list[Mutant] = []
            groups, first = [], {}
            for future in as_completed(futures):
                few = bool(futures[future])
                settled, again = _settled(future.result(), few=few)
                if few:
                    uncaught += again
                else:
                    groups += [[mutant] for mutant in again]
                bar.update(task, advance=len(settled))
                yield from settled
            groups += grouped(profile, uncaught)


def _first_cases(profile: Profile, plan: MutantPlan) -> dict[str, str]:
    """Return one case of each row, for a plan that tries these first."""
    if plan.by != "rows":
        return {}
    return dict(reversed(cases(profile)))


def _cases_for(group: list[Mutant], first: dict[str, str]) -> tuple[str, ...]:
    """Return the cases that a group meets; none, which are all, where variants must pass."""
    if group[0].level == VARIANT:
        return ()
    rows = {row for mutant in group for row in mutant.fits}
    return tuple(case for row, case in first.items() if row in rows)


def _settled(held: Held, *, few: bool) -> tuple[list[Score], list[Mutant]]:
    """Return the scores that a run decides, and the mutants to hold again.

    Args:
        held: The run.
        few: Whether only a few cases ran: these decide only what they catch.
    """
    both = [(one, clear(one, held) and (not few or one.outcome in CAUGHT)) for one in scores(held)]
    return (
        [score for score, decided in both if decided],
        [score.mutant for score, decided in both if not decided],
    )
