"""`conformance replay DIR [REQUIREMENT]...`: the failed cases of a report, run again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.commands.manners import Command
from conformance.commands.options import REQUIREMENT, setting_options

if TYPE_CHECKING:
    from conformance.earlier import EarlierReport
    from conformance.replay import Origin
    from conformance.running import Order

#: What may be given anew: where the server and its parts are now, and the credentials.
_GIVEN_ANEW = ("base_url", "short_lived_url", "s3_endpoint", "s3_bucket", "token", "other_token")


@click.command(
    cls=Command,
    short_help="Run what failed again, and say what is fixed.",
    codes=(
        (0, "all of them are fixed"),
        (1, "one still fails or could not be verified, or another broke"),
        (2, "usage, or a report that cannot be replayed"),
        (3, "the target could not be tested"),
        (4, "a fault in the kit itself"),
    ),
    examples=(
        "conformance replay conformance-report/",
        "conformance replay conformance-report/ FH-COMPLETE-11",
    ),
)
@click.argument("report", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("requirements", metavar="[REQUIREMENT]...", nargs=-1, type=REQUIREMENT)
@setting_options("start", *_GIVEN_ANEW, "config", "target")
def replay(report: Path, requirements: tuple[str, ...], **options: Any) -> int:
    """Run the failed and warned cases of a report again, and say what is fixed.

    DIR is a report folder, or its report.json. Target, seed and effort are those of the
    report; credentials come from the environment or the settings file, as in `run`.
    """
    from conformance import replay as again  # noqa: PLC0415 - imports pytest below
    from conformance.conductor import cases  # noqa: PLC0415
    from conformance.console import Console  # noqa: PLC0415
    from conformance.earlier import EarlierReport  # noqa: PLC0415
    from conformance.problem import TargetProblem  # noqa: PLC0415
    from conformance.profile import Profile  # noqa: PLC0415
    from conformance.progress import Quiet  # noqa: PLC0415
    from conformance.running import examine  # noqa: PLC0415

    earlier = EarlierReport.read(report)
    profile = Profile.load(earlier.profile)
    chosen = again.chosen(earlier, requirements)
    console = Console()
    if not chosen:
        console.print("nothing to replay: every requirement of the report held")
        return 0
    order = _order(earlier, again.Origin.of(earlier), options)
    known = {case for _, case in cases(profile)}
    only = tuple(again.failing_cases(earlier, chosen, known))
    run, target = examine(replace(order, cases=only), Quiet())
    if run.untestable:
        raise TargetProblem(run.untestable)
    if run.incomplete:
        raise KeyboardInterrupt
    lines = again.compared(earlier, chosen, run)
    console.print(f"{len(run.cases)} cases against {target.base_url}", soft_wrap=True)
    again.print_lines(lines, console)
    return int(any(line.finding is not again.Finding.FIXED for line in lines))


def _order(report: EarlierReport, origin: Origin, options: dict[str, Any]) -> Order:
    """Build the order: what is given now, else what the report says, else the surroundings."""
    from conformance import settings  # noqa: PLC0415
    from conformance.configuration import configuration_file  # noqa: PLC0415
    from conformance.problem import UsageProblem  # noqa: PLC0415
    from conformance.running import Order  # noqa: PLC0415

    base_url, start = options["base_url"], options["start"]
    if base_url and start:
        raise UsageProblem("pass only one of --base-url and --start")
    if origin.start and not base_url and not start:
        # A report is data: what it says is never run as a command unseen.
        raise UsageProblem(
            f"the report's server was started by a command: pass --start {origin.start!r} again,"
            " or --base-url"
        )
    file = configuration_file(options["config"], options["target"])
    given = lambda setting: options.get(setting.name)  # noqa: E731
    values = settings.resolved(given, origin.layer, settings.environment(), file)
    reference = origin.reference and not base_url and not start
    return Order(report.profile, values, reference=reference, start=start)
