"""`conformance list WHAT PROFILE`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.problem import UsageProblem

if TYPE_CHECKING:
    from conformance.listing import Row

_WHAT = ("requirements", "cases", "statements", "faults", "variants")
#: Where the last cell has less room than this, it stands below the others.
_TITLE_WIDTH = 24
_GAP = "  "


@click.command("list", short_help="List requirements, cases, faults and more.")
@click.argument("what", type=click.Choice(_WHAT))
@click.argument("profile")
@click.option("--level", type=click.Choice(["MUST", "SHOULD"], case_sensitive=False))
@click.option("--operation", metavar="NAME", help="Only what concerns this operation.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list of objects.")
def listing(
    what: str, profile: str, *, level: str | None, operation: str | None, as_json: bool
) -> int:
    """List the requirements, cases, statements, faults or variants of PROFILE.

    \b
    conformance list requirements feedhive --level MUST --operation complete_upload
    conformance list cases hayon | grep HY-PUT
    """  # noqa: D301 - click's mark against re-wrapping
    from conformance.listing import Selection, listed  # noqa: PLC0415 - collects the scenarios
    from conformance.profile import Profile  # noqa: PLC0415

    rows = listed(what, Profile.load(profile), Selection(level, operation))
    if not rows:
        raise UsageProblem(f"no {what} of {profile} fit --level and --operation")
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print_rows([shown(row) for row in rows], Console(highlight=False))
    return 0


def shown(row: Row) -> list[str]:
    """Return the cells that people see of a row; the operation is left to the machines."""
    cells = []
    for name, value in row.items():
        if name == "requirements":
            cells.append(", ".join(value) or f"promises nothing: {row.get('reason', '')}")
        elif name not in {"operation", "reason"}:
            cells.append(str(value))
    return cells if "reason" in row or "requirements" not in row else cells[:-1]


def print_rows(rows: list[list[str]], console: Console) -> None:
    """Print rows for whoever reads: a pipe gets one line a row, a terminal what fits it."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if not console.is_terminal:
        for row in rows:
            click.echo(_line(row, widths))
    elif console.width - sum(widths[:-1]) - len(_GAP) * len(widths) < _TITLE_WIDTH:
        for row in rows:
            _print_stacked(row, console)
    else:
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, len(_GAP), 0, 0))
        for number in range(1, len(widths) + 1):
            table.add_column(no_wrap=number < len(widths), overflow="fold")
        for row in rows:
            table.add_row(*map(Text, row))
        console.print(table)


def _line(row: list[str], widths: list[int]) -> str:
    cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return _GAP.join(cells).rstrip()


def _print_stacked(row: list[str], console: Console) -> None:
    head, rest = row[:-1], row[-1]
    console.print(Text(_GAP.join(head), style="bold"))
    console.print(Text(rest))
