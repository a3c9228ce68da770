"""`conformance doctor`: can this target be tested, and how much of it would be verified?"""

from __future__ import annotations

import json
from contextlib import ExitStack, closing
from dataclasses import asdict
from itertools import chain
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import click
from rich.text import Text

from conformance.cli.help import Command
from conformance.cli.options import PROFILE, SectionOption, setting_options
from conformance.model.redaction import visible
from conformance.problem import ExitCode
from conformance.reports.terminal.layout import print_hanging
from conformance.runner.diagnosis import Check, State, origins_told, waivers_told
from conformance.settings.layers import misspelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.reports.terminal.console import Console
    from conformance.runner.doctor import Coverage, Doctor
    from conformance.runner.request import RunRequest
    from conformance.settings.layers import Origin

#: The settings that say which target there is, and how to ask it: none of a run of the suite.
OF_A_TARGET = (
    *("base_url", "reference", "start", "short_lived_url", "capability", "config", "target"),
    *("token", "other_token"),
    *("s3_endpoint", "s3_bucket", "storage_resolve", "allow_network"),
    *("max_wait", "connect_timeout", "read_timeout", "request_timeout", "max_response_bytes"),
    "retry_after",
)
EXIT_CODES = (
    (ExitCode.OK, "nothing stands in the way of a run"),
    (ExitCode.USAGE, "usage or configuration"),
    (ExitCode.UNTESTABLE, "a problem was found, or the target did not start"),
)
_STYLES = {State.OK: "green", State.PROBLEM: "bold red", State.UNKNOWN: "yellow"}
_STATE_WIDTH = 9
_NAME_WIDTH = 15


@click.command(
    cls=Command,
    short_help="Find out whether a target can be tested.",
    codes=EXIT_CODES,
    examples=(
        "conformance doctor feedhive --base-url http://127.0.0.1:8000",
        "conformance doctor hayon --target staging --json",
    ),
)
@click.argument("profile", type=PROFILE)
@setting_options(*OF_A_TARGET)
@click.option("--json", "as_json", cls=SectionOption, section="Output", is_flag=True,
              help="Print the findings as JSON.")  # fmt: skip
def doctor(profile: str, *, as_json: bool, **flags: Any) -> int:
    """Find out whether a target of PROFILE can be tested, and what would be verified.

    Creates one upload at most on the target and on its twin, and removes what came of it.
    """
    from conformance.reports.terminal.console import Console
    from conformance.runner.request import RunRequest
    from conformance.settings.file import configured_waivers, settled

    for note in misspelled():
        click.echo(f"conformance: {note}", err=True)
    given = settled(flags)
    waivers = configured_waivers(given["config"].value, given["target"].value)
    return _examined(RunRequest.of(profile, given, waivers), Console(), as_json=as_json)


def _examined(request: RunRequest, console: Console, *, as_json: bool) -> int:
    from conformance.harness.harness import Harness
    from conformance.model.profile import Profile
    from conformance.runner.doctor import Coverage, Doctor
    from conformance.runner.launch import with_target_up
    from conformance.settings.target import target_from

    profile = Profile.load(request.profile)
    checks: list[Check] = []
    with ExitStack() as stack:
        values, origins = with_target_up(request, stack)
        target = target_from(profile.name, values)
        harness = Harness(profile, target, run_id=uuid4().hex[:12])
        with closing(harness):
            physician = Doctor(harness)
            for check in chain(_of_the_file(request, origins), physician.checks()):
                checks.append(check)
                if not as_json:
                    print_check(console, check)
    coverage = Coverage.of(profile.catalogue, physician.capabilities)
    if as_json:
        _print_json(checks, coverage, harness.leftovers)
    else:
        _print_end(console, physician, coverage)
    problems = any(check.state is State.PROBLEM for check in checks)
    return ExitCode.UNTESTABLE if problems else ExitCode.OK


def _of_the_file(request: RunRequest, origins: Mapping[str, Origin]) -> Iterator[Check]:
    """Yield what the settings come to, before anything is sent."""
    from conformance.model.profile import requirement_ids

    yield origins_told({name: origins[name] for name in OF_A_TARGET if name in origins})
    yield waivers_told(request.waivers, requirement_ids())


def _print_json(checks: list[Check], coverage: Coverage, leftovers: list[str]) -> None:
    findings = {
        "checks": [asdict(check) for check in checks],
        "coverage": asdict(coverage),
        "leftovers": leftovers,
    }
    click.echo(json.dumps(findings, indent=2, ensure_ascii=False))


def print_check(console: Console, check: Check) -> None:
    """Print one check: its state and name, what was found, and below it the mend."""
    head = f"{check.state:<{_STATE_WIDTH}}{check.name:<{_NAME_WIDTH}}"
    lines = [check.found, *([f"mend: {check.mend}"] if check.mend else [])]
    prose = Text("\n".join(map(visible, lines)))
    print_hanging(console, Text(head, style=_STYLES[check.state]), prose)


def _print_end(console: Console, physician: Doctor, coverage: Coverage) -> None:
    when = "" if physician.testable else "once that is mended, "
    counts = f"{coverage.verified} of {coverage.provable} requirements"
    console.print()
    print_hanging(console, Text(), Text(f"{when}{counts} would be verified"))
    for flag, count in coverage.further.items():
        print_hanging(console, Text("  "), Text(f"{count} more with {flag}"))
    if leftovers := physician.harness.leftovers:
        named = visible(", ".join(leftovers))
        print_hanging(console, Text(), Text(f"could not be removed: {named}"))
    problems = list(physician.states.values()).count(State.PROBLEM)
    stand = "1 problem stands" if problems == 1 else f"{problems} problems stand"
    ending = f"{stand} in the way" if problems else "nothing stands in the way of a run"
    name = physician.harness.profile.name
    console.print(f"{name}: {ending}", style="bold red" if problems else "bold green")
