"""`conformance selftest`: proves that the kit finds the known faults of its servers."""

from __future__ import annotations

from typing import Any

import click

from conformance.cli.help import Command
from conformance.cli.options import DEVIATION, PROFILE
from conformance.cli.serve import reference_servers
from conformance.model.profile import Profile
from conformance.problem import ExitCode, UsageProblem
from conformance.settings.table import EFFORTS

_PARTS = ("all", "rows", "cases", "machine", "oracles", "schemathesis")


@click.command(
    cls=Command,
    short_help="Show which known faults the kit finds.",
    codes=(
        (ExitCode.OK, "every fault is found and every variant passes"),
        (ExitCode.FAILED, "a fault is not found, or a variant fails"),
        (ExitCode.USAGE, "wrong usage, or nothing selected"),
    ),
    examples=(
        "conformance selftest hayon --sample 5",
        "conformance selftest feedhive --mutants --sample 20 --seed 1",
    ),
)
@click.argument("profile", type=PROFILE)
@click.option(
    "--only",
    metavar="GLOB",
    type=DEVIATION,
    multiple=True,
    help="Only faults and variants with this name.",
)
@click.option(
    "--sample", metavar="N", type=click.IntRange(1), help="Only N of each, evenly spread."
)
@click.option("--mutants", is_flag=True, help="Use mutants of the documents instead.")
@click.option(
    "--seed", metavar="N", type=int, default=0, help="Which mutants --sample draws (default: 0)."
)
@click.option("--by", type=click.Choice(_PARTS), default="all", metavar="PART",
              help=f"The part: {', '.join(_PARTS)}.")  # fmt: skip
@click.option("--effort", type=click.Choice(EFFORTS), metavar="LEVEL",
              help=f"One of {', '.join(EFFORTS)} (default: what the part needs).")  # fmt: skip
@click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(1),
    help="Trials in parallel (default: CPU cores).",
)
@click.option(
    "--out", metavar="FILE", type=click.Path(dir_okay=False), help="Write the matrix as JSON."
)
def selftest(profile: str, *, mutants: bool, seed: int, **options: Any) -> int:
    """Run the kit against every fault and variant of PROFILE."""
    from conformance.reports.terminal.console import Console

    loaded = Profile.load(profile)
    reference_servers()
    if mutants:
        return _mutants(loaded, {**options, "seed": seed})
    from conformance.runner.selftest import Plan, run

    return run(loaded, Plan(**options), Console())


def _mutants(profile: Profile, options: dict[str, Any]) -> int:
    """Run mutants, by the whole suite or by rows: the parts have no meaning for them."""
    from conformance.reports.terminal.console import Console
    from conformance.runner.mutants.plan import MutantPlan
    from conformance.runner.mutants.selftest import run

    if options["by"] not in {"all", "rows"}:
        raise UsageProblem("--mutants goes with --by rows, and with no other --by")
    options["effort"] = options["effort"] or "quick"
    return run(profile, MutantPlan(**options), Console())
