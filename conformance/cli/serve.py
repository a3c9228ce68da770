"""`conformance serve`: the reference server and its short-lived twin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from conformance.cli.help import Command
from conformance.cli.options import DEVIATION, PROFILE, deviation_names
from conformance.model.profile import Profile
from conformance.problem import ExitCode, UsageProblem, did_you_mean, reference_missing
from conformance.settings.token_file import tokens_in


@click.command(
    cls=Command,
    short_help="Serve a reference server and its short-lived twin.",
    codes=(
        (ExitCode.OK, "stopped by Ctrl-C or SIGTERM"),
        (ExitCode.USAGE, "wrong usage, or the port or store cannot be used"),
    ),
    examples=("conformance serve feedhive --json", "conformance serve hayon --fault NAME"),
)
@click.argument("profile", type=PROFILE)
@click.option("--port", default=0, show_default="a free one", type=click.IntRange(0, 65_535))
@click.option(
    "--upload-ttl", metavar="S", type=click.FloatRange(min=1), help="Seconds that uploads live."
)
@click.option("--plain-ids", is_flag=True, help="Media ids without a slash (feedhive).")
@click.option("--preload", metavar="N", default=0, type=click.IntRange(min=0),
              help="Items that the caller has already (feedhive).")  # fmt: skip
@click.option(
    "--fault",
    "faults",
    metavar="NAME",
    type=DEVIATION,
    multiple=True,
    help="Break one requirement.",
)
@click.option("--variant", "variants", metavar="NAME", type=DEVIATION, multiple=True,
              help="Take another permitted choice.")  # fmt: skip
@click.option("--tokens-from", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
              help="Tokens of further callers, one on each line.")  # fmt: skip
@click.option("--storage-gate", default="", hidden=True)
@click.option("--mutants", type=click.Path(dir_okay=False), hidden=True)
@click.option(
    "--s3-endpoint", metavar="URL", help="Your S3 endpoint instead of the built-in store."
)
@click.option("--s3-bucket", metavar="B", help="Its bucket; keys: AWS_* variables.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when ready.")
def serve(
    profile: str,
    *,
    faults: tuple[str, ...],
    variants: tuple[str, ...],
    tokens_from: Path | None,
    as_json: bool,
    **setup: Any,
) -> int:
    """Serve the reference server of PROFILE and its short-lived twin."""
    Profile.load(profile)
    service = reference_servers()
    deviations = (*faults, *variants)
    for name in deviations:
        _check_deviation(profile, name)
    setup["more_tokens"] = tokens_in(tokens_from) if tokens_from else ()
    try:
        prepared = service.Setup(**setup, deviations=deviations)
        return int(service.serve(profile, prepared, as_json=as_json))
    except service.ServiceError as error:
        raise UsageProblem(str(error)) from None


def reference_servers() -> Any:
    """Import the reference servers; raise `UsageProblem` if their extra is not installed."""
    try:
        from conformance.servers import service
    except ImportError as error:
        raise reference_missing(str(error.name)) from None
    return service


def _check_deviation(profile: str, name: str) -> None:
    known = deviation_names(profile)
    if name not in known:
        raise UsageProblem(
            f"no fault or variant {name!r}: `conformance list faults {profile}` shows them"
            f"{did_you_mean(name, known)}"
        )
