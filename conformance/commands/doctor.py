"""`conformance doctor PROFILE`."""

from __future__ import annotations

import json
import os
import textwrap
from contextlib import ExitStack, closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import click
from rich.console import Console
from rich.text import Text

from conformance.commands.options import (
    OF_A_TARGET,
    setting_options,
    settings_of,
    switch,
    target_options,
)
from conformance.diagnosis import Check, State
from conformance.problem import TargetProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.doctor import Coverage, Doctor
    from conformance.running import Order

_EXIT_CODES = """\b
Exit codes:
  0  nothing stands in the way of a run
  2  usage or configuration
  3  a problem was found
"""
_STYLES = {State.OK: "green", State.PROBLEM: "bold red", State.UNKNOWN: "yellow"}
_NAME_WIDTH = 13
_MARGIN = 24
_NARROW = 60


@click.command(epilog=_EXIT_CODES, short_help="Find out whether a target can be tested.")
@click.argument("profile")
@target_options
@setting_options(OF_A_TARGET)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(profile: str, *, as_json: bool, **options: Any) -> int:
    """Find out whether a target of PROFILE can be tested, and what would be verified.

    Creates one upload at most on the target and on its twin, and removes what came of it.

    \b
    conformance doctor feedhive --base-url http://127.0.0.1:8000
    """  # noqa: D301 - click's mark against re-wrapping
    from conformance.running import Order  # noqa: PLC0415 - imports the whole kit

    values = settings_of(options)
    reference = switch(options["reference"], "CONFORMANCE_REFERENCE")
    start = options["start"] or os.environ.get("CONFORMANCE_START")
    order = Order(profile, values, reference=reference, start=start)
    return _examined(order, Console(highlight=False), as_json=as_json)


def _examined(order: Order, console: Console, *, as_json: bool) -> int:
    from conformance import settings  # noqa: PLC0415 - imports the whole kit
    from conformance.doctor import Coverage, Doctor  # noqa: PLC0415
    from conformance.examination import Examination  # noqa: PLC0415
    from conformance.profile import Profile  # noqa: PLC0415
    from conformance.running import with_target_up  # noqa: PLC0415

    profile = Profile.load(order.profile)
    with ExitStack() as stack:
        target = settings.target(profile.name, with_target_up(order, stack))
        examination = Examination(profile, target, run_id=uuid4().hex[:12])
        with closing(examination):
            physician = Doctor(examination)
            checks = list(_made(physician, console, shown=not as_json))
    coverage = Coverage.of(profile.catalogue, physician.capabilities)
    if as_json:
        _print_json(checks, coverage, examination.leftovers)
    else:
        _print_end(console, physician, coverage)
    problems = any(check.state is State.PROBLEM for check in checks)
    return TargetProblem.exit_code if problems else 0


def _print_json(checks: list[Check], coverage: Coverage, leftovers: list[str]) -> None:
    findings = {
        "checks": [asdict(check) for check in checks],
        "coverage": asdict(coverage),
        "leftovers": leftovers,
    }
    click.echo(json.dumps(findings, indent=2, ensure_ascii=False))


def _made(physician: Doctor, console: Console, *, shown: bool) -> Iterator[Check]:
    for check in physician.checks():
        if shown:
            print_check(console, check)
        yield check


def print_check(console: Console, check: Check) -> None:
    """Print one check: its state and name, what was found, and below it the mend."""
    head = f"{check.state:<{_MARGIN - _NAME_WIDTH - 2}}{check.name:<{_NAME_WIDTH}}"
    text = Text(head, style=_STYLES[check.state])
    margin = _MARGIN
    if console.width < _NARROW:
        text.rstrip()
        console.print(text)
        text, margin = Text("  "), 2
    lines = [check.found, *([f"mend: {check.mend}"] if check.mend else [])]
    filled = [_filled(line, min(console.width, 100) - margin, margin) for line in lines]
    text = Text.assemble(text, " " * (margin - len(text)), ("\n" + " " * margin).join(filled))
    console.print(text, soft_wrap=True)


def _filled(line: str, width: int, margin: int) -> str:
    wrapped = textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)
    return ("\n" + " " * margin).join(wrapped)


def _print_end(console: Console, physician: Doctor, coverage: Coverage) -> None:
    when = "" if physician.testable else "once that is mended, "
    counts = f"{coverage.verified} of {coverage.provable} requirements"
    console.print(Text(f"\n{when}{counts} would be verified"))
    for flag, count in coverage.further.items():
        console.print(Text(f"  {count} more with {flag}"))
    if leftovers := physician.examination.leftovers:
        console.print(Text(f"could not be removed: {', '.join(leftovers)}"))
    problems = list(physician.states.values()).count(State.PROBLEM)
    stand = "1 problem stands" if problems == 1 else f"{problems} problems stand"
    ending = f"{stand} in the way" if problems else "nothing stands in the way of a run"
    name = physician.examination.profile.name
    console.print(f"{name}: {ending}", style="bold red" if problems else "bold green")
