"""`conformance selftest`: what the kit catches, shown on servers with known faults."""

from __future__ import annotations

from typing import Any

import click

from conformance.cli.help import Command
from conformance.cli.options import BEND, PROFILE
from conformance.cli.serve import reference_servers
from conformance.problem import ExitCode
from conformance.settings.table import EFFORTS

_PARTS = ("all", "cases", "machine", "schemathesis")


@click.command(
    cls=Command,
    short_help="Show what the kit catches, on servers with known faults.",
    codes=(
        (ExitCode.OK, "every fault is caught and every variant passes"),
        (ExitCode.FAILED, "a fault survives or a variant fails"),
        (ExitCode.USAGE, "usage, or nothing selected"),
    ),
    examples=(
        "conformance selftest hayon --sample 5",
        "conformance selftest feedhive --only 'delete-*'",
    ),
)
@click.argument("profile", type=PROFILE)
@click.option(
    "--only", metavar="GLOB", type=BEND, multiple=True, help="Faults and variants named so."
)
@click.option(
    "--sample", metavar="N", type=click.IntRange(1), help="So many of each, evenly spread."
)
@click.option("--by", type=click.Choice(_PARTS), default="all", metavar="PART",
              help=f"What judges: {', '.join(_PARTS)}.")  # fmt: skip
@click.option("--effort", type=click.Choice(EFFORTS), metavar="LEVEL",
              help=f"One of {', '.join(EFFORTS)} (default: what the part needs).")  # fmt: skip
@click.option(
    "--workers", metavar="N", type=click.IntRange(1), help="Trials at once (default: cores)."
)
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False), help="The matrix as JSON.")
def selftest(profile: str, **options: Any) -> int:
    """Show what the kit catches: run it against every fault and variant of PROFILE."""
    from conformance.model.profile import Profile
    from conformance.reports.terminal.console import Console

    loaded = Profile.load(profile)
    reference_servers()
    from conformance.runner.selftest import Plan, run

    return run(loaded, Plan(**options), Console())
