"""`conformance explain`: everything the catalogue says of one requirement."""

from __future__ import annotations

import click

from conformance.commands.manners import Command
from conformance.commands.options import REQUIREMENT


@click.command(
    cls=Command,
    short_help="Explain what a requirement says and accepts.",
    examples=("conformance explain FH-COMPLETE-11",),
)
@click.argument("requirement", type=REQUIREMENT)
def explain(requirement: str) -> int:
    """Explain a REQUIREMENT: what it says, where it stands, what is accepted."""
    from conformance import listing  # noqa: PLC0415 - imports pytest
    from conformance.console import Console  # noqa: PLC0415

    return listing.print_requirement(requirement, Console())
