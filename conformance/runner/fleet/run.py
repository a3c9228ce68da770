"""Runs all targets of a fleet, so many at a time, and writes the overview, whatever happens."""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from conformance.harness import signals
from conformance.model.profile import Profile
from conformance.model.redaction import Redactor, visible
from conformance.problem import UsageProblem
from conformance.reports import fleet as overview
from conformance.reports import fleet_page, folder
from conformance.reports.fleet import fleet_of, numbers_of, verdict_of
from conformance.reports.formats import PAGE
from conformance.reports.terminal.fleet import print_fleet
from conformance.reports.terminal.report import print_place
from conformance.runner.announcement import is_public
from conformance.runner.fleet.member import Member
from conformance.runner.fleet.targets import Fleet
from conformance.runner.progress import SILENCE_BOUND_S
from conformance.runner.publish import emptied
from conformance.settings.target import secrets_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future

    from conformance.reports.report import Row
    from conformance.reports.terminal.console import Console

# Seconds between two looks for an interruption.
_LOOK_S = 0.5


def run_fleet(profile: str, flags: Mapping[str, Any], console: Console) -> int:
    """Run every target that the settings choose, and return the one exit code.

    Args:
        profile: The profile of all targets.
        flags: The settings of the command line, by their names.
        console: Where to print.

    Raises:
        UsageProblem: The settings do not fit, or the overview cannot be written.
    """
    fleet = Fleet.of(profile, flags)
    _confirm(fleet, console)
    emptied(fleet.place)
    began, started = time.time(), time.monotonic()
    count = len(fleet.requests)
    console.print(f"{count} {'target' if count == 1 else 'targets'}, {fleet.at_once} at a time")

    def told(words: str) -> None:
        console.print(Text(f"  {visible(words)}"), soft_wrap=True)

    rows = _rows(fleet, told)
    found = fleet_of(
        profile,
        Profile.load(profile).catalogue,
        rows,
        started=datetime.fromtimestamp(began, UTC).isoformat(timespec="milliseconds"),
        duration_s=round(time.monotonic() - started, 3),
    )
    secrets = {one for request in fleet.requests.values() for one in secrets_of(request.values)}
    redactor = Redactor(sorted(secrets))
    texts = {overview.FILE: overview.render(found), PAGE: fleet_page.render(found)}
    folder.write({name: redactor.text(text) for name, text in texts.items()}, fleet.place)
    print_fleet(console, found)
    print_place(console, fleet.place / PAGE)
    return int(found["exit_code"])


def _confirm(fleet: Fleet, console: Console) -> None:
    """Ask once before the runs write to public hosts; only on a terminal, as one run does."""
    public = [
        name
        for name, request in fleet.requests.items()
        if not (request.values["yes"] or request.values["read_only"])
        and not (request.reference or request.start)
        and sys.stdin.isatty()
        and console.is_terminal
        and is_public(request.values["base_url"])
    ]
    if not public:
        return
    answer = console.input(
        Text(f"Write to {len(public)} public hosts ({', '.join(public)})? [y/N] ")
    )
    if answer.strip().lower() not in {"y", "yes"}:
        raise UsageProblem("nothing was written: pass --yes, or yes = true for these targets")


def _rows(fleet: Fleet, told: Callable[[str], None]) -> list[Row]:
    """Run the targets and return their rows, in the order of the file.

    An interruption lets those that run clean up, and the others not begin; a second one kills.
    """
    with tempfile.TemporaryDirectory(prefix="conformance-fleet-") as private:
        members = [
            Member(name, request, fleet.place / name, Path(private, f"{number}.json"))
            for number, (name, request) in enumerate(fleet.requests.items())
        ]
        pool = ThreadPoolExecutor(fleet.at_once, "target")
        runs: dict[Future[Row], Member] = {}
        try:
            with signals.interruptible():
                runs |= {pool.submit(member.run): member for member in members}
                _wait(runs, told)
        except KeyboardInterrupt:
            signals.taken()  # only a second one ends the processes at once
            _end(runs, members)
        pool.shutdown()
        signals.taken()
        rows = {
            member.name: member.unbegun() if run.cancelled() else run.result()
            for run, member in runs.items()
        }
        return [rows.get(member.name) or member.unbegun() for member in members]


def _wait(runs: Mapping[Future[Row], Member], told: Callable[[str], None]) -> None:
    """Wait for all runs; tell of each as soon as it has ended, and what runs after a silence."""
    left, last_line = set(runs), time.monotonic()
    while left:
        done, left = wait(left, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
        lines = [_line_of(run.result()) for run in done]
        if not lines and time.monotonic() - last_line >= SILENCE_BOUND_S:
            names = [member.name for run, member in runs.items() if run.running()]
            lines = [f"still running: {', '.join(names)}"]
        for line in lines:
            told(line)
            last_line = time.monotonic()
        signals.check_interrupted()


def _line_of(row: Row) -> str:
    """Return what became of a target, in a line."""
    words = f"{verdict_of(row)}, {numbers_of(row)}" if row["verdict"] else numbers_of(row)
    return f"{row['name']}: {words}"


def _end(runs: Mapping[Future[Row], Member], members: Sequence[Member]) -> None:
    """Let the runs that run clean up; a second interruption ends them at once."""
    try:
        with signals.interruptible():
            for run in runs:
                run.cancel()
            for member in members:
                member.interrupt()
            left = set(runs)
            while left:
                left = wait(left, timeout=_LOOK_S).not_done
                signals.check_interrupted()
    except KeyboardInterrupt:
        for member in members:
            member.kill()
