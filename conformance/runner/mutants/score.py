"""Judges what came of each mutant, and counts it by operation, member and kind."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from rich.text import Text

from conformance.problem import ExitCode
from conformance.reports.terminal.console import print_rows
from conformance.runner.mutants.levels import MUST, SHOULD, VARIANT
from conformance.runner.mutants.tally import (
    BROKEN,
    DIMENSIONS,
    IDLE,
    LEVELS,
    is_right,
    tallied,
    total,
)

if TYPE_CHECKING:
    from conformance.reports.terminal.console import Console
    from conformance.runner.mutants.derivation import Mutant
    from conformance.runner.mutants.trial import Held

_GOAL_OF_SHOULD = 0.95


@dataclass
class Score:
    """One mutant and what came of it.

    `under` are the fitting rows that reported it, `found` all rows that did not hold.

    The outcomes: `failed` and `warned` (as its level wants), `overrated` (a mutant of a
    SHOULD member fails a MUST row), `underrated` (a mutant of a MUST member only causes
    warnings), `missed` (nothing was found), `misplaced` (only rows that do not fit),
    `untestable`, `exit 4`, `hang`, `idle` (it changed no answer); of a variant
    `passed` or `blamed`.
    """

    mutant: Mutant
    outcome: str
    strikes: int = 0
    under: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    detail: str = ""
    duration_s: float = 0.0

    @property
    def wrong(self) -> bool:
        """Whether the mutant shows a gap of the kit."""
        return self.outcome != IDLE and not is_right(self.outcome)

    def as_dict(self) -> dict[str, Any]:
        """Return the score as plain data."""
        row = asdict(self.mutant.mutation)
        about = {"level": self.mutant.level, "where": self.mutant.where, "why": self.mutant.why}
        mine = {name: value for name, value in vars(self).items() if name != "mutant"}
        return {**row, **about, "fits": list(self.mutant.fits), **mine}


def scores(held: Held) -> list[Score]:
    """Return the score of each mutant of a run."""
    return [_score(mutant, held) for mutant in held.mutants]


def clear(score: Score, held: Held) -> bool:
    """Say whether a run with several mutants is enough to judge this one.

    It is enough when a fitting row shows an answer of this mutant, or when nothing was found
    at all and variants only took part.
    """
    if len(held.mutants) == 1 or score.outcome == IDLE:
        return True
    if score.mutant.level == VARIANT:
        return score.outcome == "passed"
    wanted = {"failed"} if score.mutant.level == MUST else {"warned"}
    return score.outcome in wanted and any(
        score.mutant.id in held.shown[row] for row in score.under
    )


def _score(mutant: Mutant, held: Held) -> Score:
    under = [row for row in mutant.fits if row in held.found]
    outcome = _outcome(mutant, held, [held.found[row] for row in under])
    return Score(
        mutant,
        outcome,
        held.strikes[mutant.id],
        under,
        list(held.found),
        held.fault or held.reason,
        held.duration_s,
    )


def _outcome(mutant: Mutant, held: Held, under: list[str]) -> str:
    """Return the first outcome that is true, in the order in which they count."""
    variant = mutant.level == VARIANT
    outcomes = {
        "hang": held.code is None,
        "exit 4": held.code == ExitCode.KIT_FAULT,
        IDLE: not held.strikes[mutant.id],
        "blamed": variant and (held.found or held.code),
        "passed": variant,
        "failed": "failed" in under and mutant.level == MUST,
        "overrated": "failed" in under,
        "warned": "warned" in under,
        "underrated": mutant.level == MUST and set(held.found.values()) == {"warned"},
        "untestable": held.code in {ExitCode.UNTESTABLE, ExitCode.USAGE},
        "misplaced": held.found,
    }
    return next((outcome for outcome, true in outcomes.items() if true), "missed")


def print_score(profile: str, found: list[Score], seconds: float, console: Console) -> None:
    """Print the score by operation, member and kind, and what the kit did not notice."""
    rows = [one.as_dict() for one in found]
    console.print(f"{profile}: {len(found)} mutants in {seconds:.0f} s\n")
    for dimension in DIMENSIONS:
        _print_table(dimension, rows, console)
    _print_list(
        "What the kit did not report as it should:", [one for one in found if one.wrong], console
    )
    _print_list(
        "Mutants of a reference member that fail a MUST requirement:",
        [one for one in found if one.outcome == "overrated"],
        console,
    )
    _print_list(
        "Idle mutants, which changed no answer and show nothing:",
        [one for one in found if one.outcome == IDLE],
        console,
    )
    for one in found:
        if one.outcome in BROKEN:
            console.print(f"{one.mutant.id} ({one.outcome})\n{one.detail}\n", markup=False)
    for level in LEVELS:
        _print_total(level, rows, console)


def _print_list(heading: str, found: list[Score], console: Console) -> None:
    if found:
        console.print(heading)
        print_rows(console, [tuple(map(Text, _cells(one))) for one in found])
        console.print()


def _cells(one: Score) -> tuple[str, ...]:
    strikes = f"{one.strikes} strikes"
    rows = ", ".join(one.found[:4]) + ("..." if len(one.found) > 4 else "")  # noqa: PLR2004
    return one.mutant.level, one.outcome, strikes, one.mutant.id, rows


def _print_table(dimension: str, found: list[dict[str, Any]], console: Console) -> None:
    rows = [tuple(Text(name, style="bold") for name in (dimension, *LEVELS))]
    for name, counts in tallied(found, dimension).items():
        rows.append(tuple(map(Text, (name, *(str(counts[level]) for level in LEVELS)))))
    print_rows(console, rows)
    console.print()


def _print_total(level: str, rows: list[dict[str, Any]], console: Console) -> None:
    mine = [row for row in rows if row["level"] == level]
    count = total(rows, level)
    idle = len(mine) - count.struck
    hard = sum(row["outcome"] == "overrated" for row in mine)
    below = level == SHOULD and count.right < _GOAL_OF_SHOULD * count.struck
    word = "passed" if level == VARIANT else "caught"
    notes = [
        *([f"{idle} idle"] if idle else []),
        *([f"{hard} under a MUST requirement"] if hard else []),
        *(["below the goal of 95 %"] if below else []),
    ]
    console.print(f"{level}: {count.right} of {count.struck} {word}{_in_brackets(notes)}")


def _in_brackets(notes: list[str]) -> str:
    return f" ({', '.join(notes)})" if notes else ""
