"""Judges what came of each mutant, and counts it by operation, member and kind."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from rich.text import Text

from conformance.problem import ExitCode
from conformance.reports.terminal.console import print_rows
from conformance.runner.mutants.derivation import MUST, SHOULD, VARIANT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.reports.terminal.console import Console
    from conformance.runner.mutants.derivation import Mutant
    from conformance.runner.mutants.trial import Held

#: The outcomes of a mutant that the kit noticed as it should.
CAUGHT = frozenset({"failed", "warned", "overrated"})
#: The outcomes of a run that is not a judgement of the server.
BROKEN = frozenset({"exit 4", "hang"})
_FINE = frozenset({*CAUGHT, "passed", "not struck"})
_LOWEST_RATE = 0.95


@dataclass
class Score:
    """One mutant and what came of it.

    `under` are the fitting rows that reported it, `found` all rows that did not hold.

    The outcomes: `failed` and `warned` (as its level wants), `overrated` (a mutant of a
    SHOULD member fails a MUST row), `underrated` (a mutant of a MUST member only causes
    warnings), `missed` (nothing was found), `misplaced` (only rows that do not fit),
    `untestable`, `exit 4`, `hang`, `not struck` (no answer was mutated); of a variant
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
        return self.outcome not in _FINE

    @property
    def holds(self) -> bool:
        """Whether the outcome keeps the promise of `selftest --mutants`."""
        return not self.wrong or (self.mutant.level == SHOULD and self.outcome not in BROKEN)

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
    if len(held.mutants) == 1 or score.outcome == "not struck":
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
        "not struck": not held.strikes[mutant.id],
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
    console.print(f"{profile}: {len(found)} mutants in {seconds:.0f} s\n")
    _print_table("operation", lambda one: one.mutant.mutation.operation, found, console)
    _print_table("member", lambda one: f"{one.mutant.answer} {_place(one)}", found, console)
    _print_table("kind", lambda one: f"{one.mutant.mutation.part} {one.mutant.mutation.kind}",
                 found, console)  # fmt: skip
    _print_table("where", lambda one: one.mutant.where.partition(" ")[0], found, console)
    wrong = [one for one in found if one.wrong]
    if wrong:
        console.print("What the kit did not report as it should:")
        print_rows(console, [tuple(map(Text, _cells(one))) for one in wrong])
        console.print()
    for one in found:
        if one.outcome in BROKEN:
            console.print(f"{one.mutant.id} ({one.outcome})\n{one.detail}\n", markup=False)
    for level in (MUST, SHOULD, VARIANT):
        _print_total(level, found, console)


def _place(one: Score) -> str:
    mutation = one.mutant.mutation
    return (mutation.pointer or "/") if mutation.part == "body" else mutation.part


def _cells(one: Score) -> tuple[str, ...]:
    strikes = f"{one.strikes} strikes"
    rows = ", ".join(one.found[:4]) + ("..." if len(one.found) > 4 else "")  # noqa: PLR2004
    return one.mutant.level, one.outcome, strikes, one.mutant.id, rows


def _print_table(
    noun: str, key: Callable[[Score], str], found: Iterable[Score], console: Console
) -> None:
    counted: dict[str, dict[str, list[Score]]] = defaultdict(lambda: defaultdict(list))
    for one in found:
        if one.outcome != "not struck":
            counted[key(one)][one.mutant.level].append(one)
    names = (noun, MUST, SHOULD, VARIANT)
    rows = [tuple(Text(name, style="bold") for name in names)]
    for name, levels in sorted(counted.items()):
        rows.append(tuple(map(Text, (name, *(_rate(levels[level]) for level in names[1:])))))
    print_rows(console, rows)
    console.print()


def _rate(found: list[Score]) -> str:
    return f"{sum(not one.wrong for one in found)} of {len(found)}" if found else ""


def _print_total(level: str, found: list[Score], console: Console) -> None:
    mine = [one for one in found if one.mutant.level == level]
    struck = [one for one in mine if one.outcome != "not struck"]
    right = sum(not one.wrong for one in struck)
    word = "passed" if level == VARIANT else "caught"
    hard = sum(one.outcome == "overrated" for one in struck)
    below = level == SHOULD and struck and right < _LOWEST_RATE * len(struck)
    notes = [
        *([f"{len(mine) - len(struck)} never struck"] if len(mine) > len(struck) else []),
        *([f"{hard} under a MUST requirement"] if hard else []),
        *(["below the goal of 95 %"] if below else []),
    ]
    console.print(f"{level}: {right} of {len(struck)} {word}{_in_brackets(notes)}")


def _in_brackets(notes: list[str]) -> str:
    return f" ({', '.join(notes)})" if notes else ""
