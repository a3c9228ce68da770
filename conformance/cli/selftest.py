"""`conformance selftest`: what the kit catches, shown on servers with known faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from conformance.cli.help import Command
from conformance.cli.options import BEND, PROFILE
from conformance.cli.serve import reference_servers
from conformance.problem import ExitCode, UsageProblem
from conformance.settings.table import EFFORTS

if TYPE_CHECKING:
    from conformance.model.profile import Profile

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
        "conformance selftest feedhive --mutants --sample 20 --seed 1",
    ),
)
@click.argument("profile", type=PROFILE)
@click.option(
    "--only", metavar="GLOB", type=BEND, multiple=True, help="Faults and variants named so."
)
@click.option(
    "--sample", metavar="N", type=click.IntRange(1), help="So many of each, evenly spread."
)
@click.option("--mutants", is_flag=True, help="Hold mutants of the documents instead.")
@click.option(
    "--seed", metavar="N", type=int, default=0, help="Which mutants --sample draws (default: 0)."
)
@click.option("--by", type=click.Choice(_PARTS), default="all", metavar="PART",
              help=f"What judges: {', '.join(_PARTS)}.")  # fmt: skip
@click.option("--effort", type=click.Choice(EFFORTS), metavar="LEVEL",
              help=f"One of {', '.join(EFFORTS)} (default: what the part needs).")  # fmt: skip
@click.option(
    "--workers", metavar="N", type=click.IntRange(1), help="Trials at once (default: cores)."
)
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False), help="The matrix as JSON.")
def selftest(profile: str, *, mutants: bool, seed: int, **options: Any) -> int:
    """Show what the kit catches: run it against every fault and variant of PROFILE."""
    from conformance.model.profile import Profile
    from conformance.reports.terminal.console import Console

    loaded = Profile.load(profile)
    reference_servers()
    if mutants:
        return _mutants(loaded, {**options, "seed": seed})
    from conformance.runner.selftest import Plan, run

    return run(loaded, Plan(**options), Console())


def _mutants(profile: Profile, options: dict[str, Any]) -> int:
    """Hold mutants; `--by` has no meaning for them."""
    from conformance.reports.terminal.console import Console
    from conformance.runner.mutants.plan import MutantPlan
    from conformance.runner.mutants.selftest import run

    if options.pop("by") != "all":
        raise UsageProblem("--by does not go with --mutants")
    options["effort"] = options["effort"] or "quick"
    return run(profile, MutantPlan(**options), Console())
