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
from conformance.cli.options import EVERYDAY, PROFILE, SectionOption, request_from, setting_options
from conformance.model.profile import Profile, requirement_ids
from conformance.model.redaction import visible
from conformance.problem import ExitCode
from conformance.reports.terminal.layout import print_hanging
from conformance.runner.coverage import Coverage
from conformance.runner.diagnosis import Diagnosis, DiagnosisState, of_origins, of_waivers
from conformance.runner.launch import with_target_up
from conformance.settings.target import OF_CONNECTION, target_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.reports.terminal.console import Console
    from conformance.runner.doctor import Doctor
    from conformance.runner.request import RunRequest
    from conformance.settings.layers import Origin

#: The settings that describe a target and its limits, without those of a run of the suite.
OF_A_TARGET = (
    *("base_url", "reference", "start", "short_lived_url", "capability", "config", "target"),
    *("token", "other_token"),
    *("s3_endpoint", "s3_bucket", "storage_gate", "storage_resolve", "allow_network"),
    *("storage_host", *OF_CONNECTION),
    *("max_wait", "connect_timeout", "read_timeout", "request_timeout", "max_response_bytes"),
    "retry_after",
)
EXIT_CODES = (
    (ExitCode.OK, "nothing prevents a run; other problems make it verify less"),
    (ExitCode.USAGE, "wrong usage or configuration"),
    (ExitCode.UNTESTABLE, "a problem prevents a run, or the target did not start"),
)
_STYLES = {
    DiagnosisState.OK: "green",
    DiagnosisState.PROBLEM: "bold red",
    DiagnosisState.UNKNOWN: "yellow",
}
_STATE_WIDTH = 9
_NAME_WIDTH = 15


@click.command(
    cls=Command,
    short_help="Find out whether a target can be tested.",
    codes=EXIT_CODES,
    everyday=(*EVERYDAY, "as_json"),
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

    Creates at most one upload on the target and one on its twin, and removes them again.
    """
    from conformance.reports.terminal.console import Console

    return _examined(request_from(profile, flags), Console(), as_json=as_json)


def _examined(request: RunRequest, console: Console, *, as_json: bool) -> int:
    from conformance.harness.harness import Harness
    from conformance.runner.doctor import Doctor

    profile = Profile.load(request.profile)
    checks: list[Diagnosis] = []
    with ExitStack() as stack:
        values, origins = with_target_up(request, stack)
        target = target_from(profile.name, values)
        harness = Harness(profile, target, run_id=uuid4().hex[:12])
        with closing(harness):
            doctor = Doctor(harness)
            for check in chain(_of_settings(request, origins), doctor.checks()):
                checks.append(check)
                if not as_json:
                    print_check(console, check)
    coverage = Coverage.of(profile.catalogue, doctor.capabilities)
    if as_json:
        _print_json(checks, coverage, harness.leftovers)
    else:
        _print_end(console, doctor, coverage, checks)
    return ExitCode.UNTESTABLE if any(check.stops for check in checks) else ExitCode.OK


def _of_settings(request: RunRequest, origins: Mapping[str, Origin]) -> Iterator[Diagnosis]:
    """Yield the diagnoses of the settings, before anything is sent."""
    yield of_origins({name: origins[name] for name in OF_A_TARGET if name in origins})
    yield of_waivers(request.waivers, requirement_ids())


def _print_json(checks: list[Diagnosis], coverage: Coverage, leftovers: list[str]) -> None:
    findings = {
        "checks": [asdict(check) for check in checks],
        "coverage": asdict(coverage),
        "leftovers": leftovers,
    }
    click.echo(json.dumps(findings, indent=2, ensure_ascii=False))


def print_check(console: Console, check: Diagnosis) -> None:
    """Print one check: its state and name, what was found, and below it the fix."""
    head = f"{check.state:<{_STATE_WIDTH}}{check.name:<{_NAME_WIDTH}}"
    lines = [check.found, *([f"fix: {check.fix}"] if check.fix else [])]
    prose = Text("\n".join(map(visible, lines)))
    print_hanging(console, Text(head, style=_STYLES[check.state]), prose)


def _print_end(
    console: Console, doctor: Doctor, coverage: Coverage, checks: list[Diagnosis]
) -> None:
    when = "" if doctor.sound else "once that is fixed, "
    counts = f"{coverage.verified} of {coverage.provable} requirements"
    console.print()
    print_hanging(console, Text(), Text(f"{when}{counts} would be verified"))
    for flag, count in coverage.further.items():
        print_hanging(console, Text("  "), Text(f"{count} more with {flag}"))
    if leftovers := doctor.harness.leftovers:
        named = visible(", ".join(leftovers))
        print_hanging(console, Text(), Text(f"could not be removed: {named}"))
    stopping = sum(check.stops for check in checks)
    name = doctor.harness.profile.name
    style = "bold red" if stopping else "bold green"
    console.print(f"{name}: {_ending(checks, stopping)}", style=style)


def _ending(checks: list[Diagnosis], stopping: int) -> str:
    """Return what the problems mean for a run; only some of them stop it."""
    if stopping:
        return f"{stopping} problem{'s prevent' if stopping > 1 else ' prevents'} a run"
    others = sum(check.state is DiagnosisState.PROBLEM for check in checks)
    if not others:
        return "nothing prevents a run"
    which = "1 problem makes" if others == 1 else f"{others} problems make"
    return f"nothing prevents a run, but {which} it verify less"
