"""`conformance judge`: judges recorded traffic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from conformance.cli.help import Command
from conformance.cli.options import EVERYDAY, PROFILE, request_from, setting_options
from conformance.problem import ExitCode
from conformance.settings.traffic import OF_TRAFFIC

EXIT_CODES = (
    (ExitCode.OK, "conformant, partial, or every failure is waived or in --baseline"),
    (ExitCode.FAILED, "nonconformant, or --strict-waivers and a waiver needs a change"),
    (ExitCode.USAGE, "wrong usage or configuration, or FILE is not a recording"),
    (ExitCode.UNTESTABLE, "the recording has no request for the API, or no answer"),
    (ExitCode.KIT_FAULT, "a fault in the kit itself, or a secret in what it wrote"),
    (ExitCode.UNVERIFIED, "partial, with --require-verified"),
)


@click.command(
    cls=Command,
    short_help="Judge recorded traffic (a HAR file).",
    codes=EXIT_CODES,
    everyday=EVERYDAY,
    examples=(
        "conformance judge feedhive recording.har",
        "conformance judge hayon recording.har --base-url https://api.example.com",
    ),
)
@click.argument("profile", type=PROFILE)
@click.argument("file", type=click.Path(path_type=Path))
@setting_options("base_url", *OF_TRAFFIC)
def judge(profile: str, file: Path, **flags: Any) -> int:
    """Judge the exchanges of a HAR FILE against PROFILE; nothing is sent.

    Browsers, mitmproxy and this kit write such files. What a recording hides is not verified.
    Without --base-url, the server is found by the paths of its operations.
    """
    from conformance.reports.terminal.console import Console
    from conformance.runner.recorded import judge as judged

    request = request_from(profile, flags)
    return judged(request, file, request.values["base_url"], Console())
