"""`conformance list`: the requirements, cases, statements, faults, variants and oracles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from conformance.cli.help import Command
from conformance.cli.options import OPERATION, PROFILE
from conformance.model.profile import Profile
from conformance.problem import ExitCode, UsageProblem

if TYPE_CHECKING:
    from conformance.cli.listing import Row

#: A test compares them with the real lists: naming them here keeps `--help` fast.
LISTS = ("requirements", "cases", "statements", "faults", "variants", "oracles")
LEVELS = ("MUST", "SHOULD")


@click.command(
    "list",
    cls=Command,
    short_help="List requirements, cases, oracles, faults and more.",
    examples=(
        "conformance list requirements feedhive --level SHOULD",
        "conformance list cases hayon | grep HY-PUT",
    ),
)
@click.argument("what", type=click.Choice(LISTS), metavar="WHAT")
@click.argument("profile", type=PROFILE)
@click.option("--level", metavar="LEVEL", type=click.Choice(LEVELS, case_sensitive=False),
              help="Only rows about a MUST, or a SHOULD.")  # fmt: skip
@click.option("--operation", metavar="NAME", type=OPERATION, help="Only rows about this operation.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list of objects.")
def list_(
    what: str, profile: str, *, level: str | None, operation: str | None, as_json: bool
) -> int:
    """List WHAT of PROFILE: requirements, cases, statements, faults, variants or oracles."""
    from conformance.cli.listing import Selection, listed
    from conformance.reports.terminal.console import Console, print_rows

    rows = listed(what, Profile.load(profile), Selection(level, operation))
    if not rows:
        raise UsageProblem(f"no {what} of {profile} match --level and --operation")
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print_rows(Console(), map(shown, rows))
    return ExitCode.OK


def shown(row: Row) -> list[str]:
    """Return the cells that are printed of a row; only JSON shows the operation."""
    cells = []
    for name, value in row.items():
        if name == "requirements":
            cells.append(", ".join(value) or f"no requirement: {row.get('reason', '')}")
        elif name not in {"operation", "reason"}:
            cells.append(str(value))
    return cells if "reason" in row or row.get("requirements") != [] else cells[:-1]
