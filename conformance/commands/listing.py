"""`conformance list`: what the kit knows of a profile."""

from __future__ import annotations

import click

from conformance.commands.manners import Command
from conformance.commands.options import PROFILE
from conformance.commands.serve import reference_servers

LISTS = ("requirements", "cases", "statements", "faults", "variants")


@click.command(
    "list",
    cls=Command,
    short_help="List requirements, cases, statements, faults or variants.",
    examples=(
        "conformance list requirements feedhive | grep SHOULD",
        "conformance list faults hayon",
    ),
)
@click.argument("what", type=click.Choice(LISTS), metavar="WHAT")
@click.argument("profile", type=PROFILE)
def list_(what: str, profile: str) -> int:
    """List WHAT of PROFILE: requirements, cases, statements, faults or variants."""
    from conformance import listing  # noqa: PLC0415 - imports pytest
    from conformance.console import Console  # noqa: PLC0415

    if what in {"faults", "variants"}:
        reference_servers()
    return listing.print_list(what, profile, Console())
