"""Failures on the terminal: the first causes in full, then a line for each other finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from conformance.model.evidence import Outcome
from conformance.model.redaction import visible
from conformance.reports.causes import Cause, causes
from conformance.reports.decision import mark
from conformance.reports.failure import (
    OF_THE_REQUIREMENT,
    Name,
    Part,
    parts,
    proofs,
    title,
)
from conformance.reports.terminal.layout import (
    NARROW,
    STYLES,
    print_copied,
    print_hanging,
    print_heading,
    print_names,
    print_pair,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from conformance.reports.report import Report, Row

#: So many causes are shown in full, unless the user asked for all of them.
_FULL_CAUSES = 5
_SHOWN_CASES = 1
#: The columns that the line behind a title needs at least.
_RULE = 2
#: What a failure shows at most, unless the user asked for everything.
_BODY_CHARACTERS = 80
_MOST_LINES = {Name.CAUSES: 1, Name.SERVER_LOG: 8}
#: A finding of one line shows so much of what happened where nothing wraps.
_LINE_CHARACTERS = 160


def print_failures(console: Console, report: Report, *, every: bool) -> None:
    """Print why requirements do not hold: failures before warnings, grouped by their cause.

    Args:
        console: Where to print.
        report: The report.
        every: Whether to print each failure in full, with all of its evidence.
    """
    found = causes(report)
    if every:
        found = [Cause(row) for cause in found for row in (cause.row, *cause.others)]
    full = found if every else found[:_FULL_CAUSES]
    for cause in full:
        print_failure(console, cause.row, every=every, same=cause.ids)
    _print_lines(console, found[len(full) :])


def print_failure(console: Console, row: Row, *, every: bool, same: Sequence[str] = ()) -> None:
    """Print why a requirement does not hold.

    Args:
        console: Where to print.
        row: A requirement of the report that failed or warned.
        every: Whether to print all of its evidence; without it, only the first entry.
        same: The ids of other requirements that very probably fail for the same cause.
    """
    first, *more = proofs(row)
    _print_title(console, row)
    _print_parts(console, _shown(row, first, every=every), every=every)
    for proof in more if every else ():
        console.print()
        further = (part for part in parts(row, proof) if part.name not in OF_THE_REQUIREMENT)
        _print_parts(console, further, every=every)
    if more and not every:
        _print_others(console, first, more)
    if same:
        print_pair(console, "same cause", f"in {', '.join(same)}")


def _shown(row: Row, proof: Row, *, every: bool) -> list[Part]:
    """Return the parts to print; without `every`, bodies are short and an exchange is one line."""
    if every:
        return parts(row, proof)
    found = {part.name: part for part in parts(row, proof, body=_BODY_CHARACTERS)}
    answer = found.get(Name.RESPONSE)
    if answer and proof["exchange"]["response"] is not None:
        del found[Name.RESPONSE]
        found.pop(Name.REQUEST_BODY, None)  # what a case varies is in the line of what was sent
        line = f"{found[Name.REQUEST].text} -> {answer.text}"
        found[Name.REQUEST] = Part(Name.REQUEST, line)
    return list(found.values())


def _print_lines(console: Console, rest: list[Cause]) -> None:
    """Print one line for each of the other causes, and one with what shares it."""
    if not rest:
        return
    print_heading(console, f"{len(rest)} more causes (-v shows each in full)")
    ids = max(len(cause.row["id"]) for cause in rest)
    for cause in rest:
        row = cause.row
        head = Text(f"  {row['id']:<{ids}}  {row['level']:<6}  ")
        head.append(row["outcome"], style=STYLES[Outcome(row["outcome"])])
        spared = f", {mark(row)}" if mark(row) else ""
        line = head.append(f"{spared}  {visible(row['title'])}: {_happened(row)}")
        most = console.width if console.is_terminal else _LINE_CHARACTERS
        line.truncate(max(most, NARROW), overflow="ellipsis")
        console.print(line, soft_wrap=True)
        if cause.others:
            print_names(console, Text("    same cause in "), cause.ids, every=True)


def _happened(row: Row) -> str:
    """Return what happened and what was sent, without the body of an answer."""
    found = {part.name: part.lines[0] for part in parts(row, proofs(row)[0])}
    sent = f", sent {found[Name.SENT]}" if Name.SENT in found else ""
    return f"{found[Name.ACTUAL]}{sent}"


def _print_title(console: Console, row: Row) -> None:
    style = STYLES[Outcome(row["outcome"])]
    words = Text(title(row), style=style)
    console.print()
    if words.cell_len + _RULE <= console.width:
        console.rule(words, align="left", style=style)
    else:
        print_hanging(console, Text(), words)


def _print_parts(console: Console, shown: Iterable[Part], *, every: bool) -> None:
    for part in shown:
        print_part = print_copied if part.copied else print_pair
        most = {} if every else _MOST_LINES
        for number, line in enumerate(part.lines[: most.get(part.name)]):
            print_part(console, part.label if number == 0 else "", line)


def _print_others(console: Console, first: Row, more: list[Row]) -> None:
    """Name the other cases that show the failure; `--verbose` shows them in full.

    What an oracle saw outside of every case has no name.
    """
    names = list(dict.fromkeys(map(_function, more)))
    others = [name for name in names if name and name != _function(first)]
    if others:
        shown = ", ".join(others[:_SHOWN_CASES])
        rest = f" and {len(others) - _SHOWN_CASES} more" if len(others) > _SHOWN_CASES else ""
        print_pair(console, "also in", f"{shown}{rest} (-v shows all)")


def _function(proof: Row) -> str:
    return str(proof["case"]).rsplit("::", 1)[-1].partition("[")[0]
