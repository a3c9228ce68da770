"""`conformance load`: many users at the same time, judged by the same oracles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from conformance.cli.help import Command
from conformance.cli.options import EVERYDAY, PROFILE, SectionOption, request_from, setting_options
from conformance.problem import ExitCode
from conformance.settings.target import OF_CONNECTION

#: The settings that have a meaning for a load.
OF_LOAD = (
    *("base_url", "reference", "start", "capability", "yes", "config", "target"),
    *("token", "other_token", "storage_resolve", "allow_network", "storage_host"),
    *OF_CONNECTION,
    *("rate", "max_created", "connect_timeout", "read_timeout", "request_timeout"),
    *("retry_after", "max_timeouts", "max_time", "cleanup_timeout", "max_requests"),
    *("max_kept_bytes", "max_stored_bytes"),
    *("strict", "require_verified", "strict_waivers", "baseline", "report_dir", "verbose"),
    *("as_of", "build"),
)
EXIT_CODES = (
    (ExitCode.OK, "no promise was seen broken, or every failure is waived or in --baseline"),
    (ExitCode.FAILED, "nonconformant, or --strict-waivers and a waiver needs a change"),
    (ExitCode.USAGE, "wrong usage or configuration, or locust is not installed"),
    (ExitCode.UNTESTABLE, "untestable target, or the load ended early and no MUST failed"),
    (ExitCode.KIT_FAULT, "a fault in the kit itself, or a secret in what it wrote"),
    (ExitCode.UNVERIFIED, "partial, with --require-verified"),
    (ExitCode.INTERRUPTED, "interrupted, after clean-up"),
)


@click.command(
    cls=Command,
    short_help="Judge a server while many users use it.",
    codes=EXIT_CODES,
    everyday=(*EVERYDAY, "users", "seconds", "processes", "tokens_from", "web", "rate",
              "max_created"),
    examples=(
        "conformance load feedhive --reference --users 200 --time 20",
        "conformance load hayon --base-url https://staging.example --users 50 --time 60",
    ),
)  # fmt: skip
@click.argument("profile", type=PROFILE)
@click.option("--users", metavar="N", required=True, type=click.IntRange(1, 100_000),
              cls=SectionOption, section="Load", help="Users at the same time.")  # fmt: skip
@click.option("--time", "seconds", metavar="SECONDS", required=True,
              type=click.IntRange(1, 86_400), cls=SectionOption, section="Load",
              help="How long they use the server.")  # fmt: skip
@click.option("--processes", metavar="N", default=1, type=click.IntRange(1, 256),
              cls=SectionOption, section="Load", help="Processes of locust [1].")  # fmt: skip
@click.option("--tokens-from", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
              cls=SectionOption, section="Load",
              help="Tokens of callers, one on each line.")  # fmt: skip
@click.option("--web", metavar="PORT", type=click.IntRange(1, 65_535), cls=SectionOption,
              section="Load", help="Serve locust's page at 127.0.0.1.")  # fmt: skip
@setting_options(*OF_LOAD)
def load(
    profile: str,
    *,
    users: int,
    seconds: int,
    processes: int,
    tokens_from: Path | None,
    web: int | None,
    **flags: Any,
) -> int:
    """Let many users go through the lifecycle of PROFILE at the same time, and judge all answers.

    locust drives the users; it needs the extra `load`. Everything that they make is removed.
    """
    from conformance.load.loading import Loading
    from conformance.reports.terminal.console import Console
    from conformance.runner.load import load as loaded

    loading = Loading(users, seconds, processes, tokens_from, web)
    return loaded(request_from(profile, flags), loading, Console())
