"""`conformance list`: what the kit knows of a profile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from conformance.cli.help import Command
from conformance.cli.options import OPERATION, PROFILE
from conformance.problem import ExitCode, UsageProblem

if TYPE_CHECKING:
    from conformance.cli.listing import Row

#: Held to the lists that there are by a test: naming them here keeps `--help` quick.
LISTS = ("requirements", "cases", "statements", "faults", "variants")
LEVELS = ("MUST", "SHOULD")


@click.command(
    "list",
    cls=Command,
    short_help="List requirements, cases, statements, faults or variants.",
    examples=(
        "conformance list requirements feedhive --level SHOULD",
        "conformance list cases hayon | grep HY-PUT",
    ),
)
@click.argument("what", type=click.Choice(LISTS), metavar="WHAT")
@click.argument("profile", type=PROFILE)
@click.option("--level", metavar="LEVEL", type=click.Choice(LEVELS, case_sensitive=False),
              help="Only what concerns a MUST, or a SHOULD.")  # fmt: skip
@click.option(
    "--operation", metavar="NAME", type=OPERATION, help="Only what concerns this operation."
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list of objects.")
def list_(
    what: str, profile: str, *, level: str | None, operation: str | None, as_json: bool
) -> int:
    """List WHAT of PROFILE: requirements, cases, statements, faults or variants."""
    from conformance.cli.listing import Selection, listed
    from conformance.model.profile import Profile
    from conformance.reports.terminal.console import Console, print_rows

    rows = listed(what, Profile.load(profile), Selection(level, operation))
    if not rows:
        raise UsageProblem(f"no {what} of {profile} fit --level and --operation")
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print_rows(Console(), map(shown, rows))
    return ExitCode.OK


def shown(row: Row) -> list[str]:
    """Return the cells that people see of a row; the operation is left to the machines."""
    cells = []
    for name, value in row.items():
        if name == "requirements":
            cells.append(", ".join(value) or f"promises nothing: {row.get('reason', '')}")
        elif name not in {"operation", "reason"}:
            cells.append(str(value))
    return cells if "reason" in row or "requirements" not in row else cells[:-1]
