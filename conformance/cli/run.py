"""`conformance run`: validate a server and write the reports."""

from __future__ import annotations

from typing import Any

import click

from conformance.cli.help import Command
from conformance.cli.options import PROFILE, setting_options
from conformance.settings.layers import misspelled

EXIT_CODES = (
    (0, "conformant, partial, or every failure waived or known to --baseline"),
    (1, "nonconformant, or a waiver that needs care under --strict-waivers"),
    (2, "usage or configuration, or nothing selected"),
    (3, "the target could not be tested"),
    (4, "a fault in the kit itself"),
    (5, "partial, under --require-verified"),
    (130, "interrupted, after clean-up"),
)


@click.command(
    cls=Command,
    short_help="Validate a server and write the reports.",
    codes=EXIT_CODES,
    examples=(
        "conformance run feedhive --reference",
        "conformance run hayon --start 'node server.js --port {port}'",
    ),
)
@click.argument("profile", type=PROFILE)
@setting_options()
def run(profile: str, **flags: Any) -> int:
    """Validate a server against PROFILE and write the reports.

    Each flag is also a variable CONFORMANCE_<FLAG> and a key of conformance.toml.
    """
    from conformance.reports.terminal.console import Console
    from conformance.runner.request import RunRequest
    from conformance.runner.run import run_request
    from conformance.settings.file import configured_waivers, settled

    for note in misspelled():
        click.echo(f"conformance: {note}", err=True)
    given = settled(flags)
    waivers = configured_waivers(given["config"].value, given["target"].value)
    return run_request(RunRequest.of(profile, given, waivers), Console())
