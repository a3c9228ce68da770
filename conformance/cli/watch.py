"""`conformance watch`: judges the requests of your own client, as a reverse proxy."""

from __future__ import annotations

from typing import Any

import click

from conformance.cli.help import Command
from conformance.cli.options import EVERYDAY, PROFILE, SectionOption, request_from, setting_options
from conformance.problem import ExitCode
from conformance.settings.target import OF_CONNECTION
from conformance.settings.traffic import OF_TRAFFIC

EXIT_CODES = (
    (ExitCode.OK, "conformant, partial, or every failure is waived or in --baseline"),
    (ExitCode.FAILED, "nonconformant, or --strict-waivers and a waiver needs a change"),
    (ExitCode.USAGE, "wrong usage or configuration, or a port that cannot be used"),
    (ExitCode.UNTESTABLE, "no request for the API was seen, or none got an answer"),
    (ExitCode.KIT_FAULT, "a fault in the kit itself, or a secret in what it wrote"),
    (ExitCode.UNVERIFIED, "partial, with --require-verified"),
)


@click.command(
    cls=Command,
    short_help="Judge the requests of your own client, as a proxy.",
    codes=EXIT_CODES,
    everyday=(*EVERYDAY, "upstream", "port", "watch_storage"),
    examples=(
        "conformance watch feedhive --upstream http://127.0.0.1:8000 --port 8080",
        "conformance watch hayon --upstream http://127.0.0.1:8000 --watch-storage 8081",
    ),
)
@click.argument("profile", type=PROFILE)
@click.option("--upstream", metavar="URL", required=True, cls=SectionOption, section="Traffic",
              help="Your server; each request is forwarded to it.")  # fmt: skip
@click.option("--port", metavar="N", type=click.IntRange(0, 65_535), default=0, cls=SectionOption,
              section="Traffic", help="Port for your client [a free one].")  # fmt: skip
@click.option("--watch-storage", metavar="PORT", type=click.IntRange(0, 65_535),
              cls=SectionOption, section="Traffic",
              help="Lead signed URLs through this port too; 0: a free one.")  # fmt: skip
@setting_options(*OF_TRAFFIC, "storage_resolve", "allow_network", "storage_host", *OF_CONNECTION)
def watch(
    profile: str, *, upstream: str, port: int, watch_storage: int | None, **flags: Any
) -> int:
    """Judge the requests of your own client or tests against PROFILE.

    A reverse proxy on 127.0.0.1 forwards them to your server. It sends nothing of its own.
    Ctrl-C ends it: then it writes the reports, and its exit code is that of the verdict.
    """
    from conformance.reports.terminal.console import Console
    from conformance.runner.watch import Watching
    from conformance.runner.watch import watch as watched

    request = request_from(profile, flags)
    watching = Watching(profile, upstream, port, watch_storage)
    return watched(request, watching, Console())
