"""The command line: parse, call, exit code."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from typing import Any

import click
from rich.console import Console

from conformance import __version__
from conformance.commands.doctor import doctor
from conformance.commands.explain import explain
from conformance.commands.init import init
from conformance.commands.listing import listing
from conformance.commands.options import setting_options, settings_of, switch, target_options
from conformance.problem import Problem, UsageProblem
from conformance.settings import EFFORTS

_EXIT_CODES = """\b
Exit codes:
  0  conformant, partial, or every failure waived
  1  nonconformant
  2  usage or configuration, or nothing selected
  3  the target could not be tested
  4  a fault in the kit itself
  5  partial, under --require-verified
  130  interrupted, after clean-up
"""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="conformance")
def cli() -> None:
    """Find out which promises of its media-upload contract a server keeps."""


@cli.command(epilog=_EXIT_CODES)
@click.argument("profile")
@target_options
@click.option("-k", "expression", metavar="EXPR", help="Only the cases that match (as in pytest).")
@setting_options()
def run(profile: str, **options: Any) -> int:
    """Validate a server against PROFILE and write the reports.

    \b
    conformance run feedhive --reference
    conformance run hayon --base-url http://127.0.0.1:8000 --token T
    """  # noqa: D301 - click's mark against re-wrapping
    from conformance.running import Order, run_order  # noqa: PLC0415 - imports the whole kit

    order = Order(
        profile,
        settings_of(options),
        reference=switch(options["reference"], "CONFORMANCE_REFERENCE"),
        start=options["start"] or os.environ.get("CONFORMANCE_START"),
        expression=options["expression"],
    )
    return run_order(order, Console(highlight=False))


@cli.command()
@click.argument("profile")
@click.option("--port", default=0, show_default="a free one", type=click.IntRange(0, 65_535))
@click.option("--upload-ttl", type=click.FloatRange(min=1), help="Seconds that uploads live.")
@click.option("--plain-ids", is_flag=True, help="Media ids without a slash (feedhive).")
@click.option("--fault", "faults", metavar="NAME", multiple=True, help="Break one promise.")
@click.option("--variant", "variants", metavar="NAME", multiple=True, help="Take another choice.")
@click.option("--s3-endpoint", help="Another S3 endpoint instead of the built-in store.")
@click.option("--s3-bucket", help="The bucket there; credentials: the AWS_* variables.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when ready.")
def serve(
    profile: str, *, faults: tuple[str, ...], variants: tuple[str, ...], as_json: bool, **setup: Any
) -> int:
    """Serve the reference server of PROFILE and its short-lived twin."""
    from conformance.profile import Profile  # noqa: PLC0415

    Profile.load(profile)
    service = _reference_servers()
    try:
        return int(
            service.serve(
                profile, service.Setup(**setup, bends=(*faults, *variants)), as_json=as_json
            )
        )
    except service.ServiceError as error:
        raise UsageProblem(str(error)) from None


def _reference_servers() -> Any:
    try:
        from conformance.servers import service  # noqa: PLC0415 - only with the extra
    except ImportError as error:
        raise UsageProblem(
            f'{error.name} is missing: pip install "media-conformance[reference]"'
        ) from None
    return service


@cli.command()
@click.argument("profile")
@click.option(
    "--only", metavar="GLOB", multiple=True, help="Only the faults and variants named so."
)
@click.option("--sample", type=click.IntRange(1), help="Only so many of each, evenly spread.")
@click.option("--by", type=click.Choice(["all", "cases", "machine", "schemathesis"]), default="all")
@click.option("--effort", type=click.Choice(EFFORTS), default="quick", show_default=True)
@click.option("--workers", type=click.IntRange(1), help="Trials at once (default: the cores).")
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False), help="The matrix as JSON.")
def selftest(profile: str, **options: Any) -> int:
    """Show what the kit catches: run it against every fault and variant of PROFILE.

    Exit code 1 when a fault survives or a variant fails.
    """
    from conformance.profile import Profile  # noqa: PLC0415

    loaded = Profile.load(profile)
    _reference_servers()
    from conformance import selftest as trials  # noqa: PLC0415 - imports the servers

    return trials.run(loaded, trials.Plan(**options), Console(highlight=False))


cli.add_command(doctor)
cli.add_command(init)
cli.add_command(listing)
cli.add_command(explain)


def main() -> int:
    """Run the command line; every problem is one line and its documented exit code."""
    with ExitStack() as stack:
        stack.callback(_flush)
        try:
            return int(cli.main(standalone_mode=False) or 0)
        except click.exceptions.Exit as leaving:
            return leaving.exit_code
        except click.ClickException as error:
            _complain(error.format_message())
            return UsageProblem.exit_code
        except Problem as problem:
            _complain(str(problem))
            return problem.exit_code
        except (KeyboardInterrupt, click.Abort):
            _complain("interrupted")
            return 130
        except BrokenPipeError:
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - the reader went away
            return UsageProblem.exit_code
    raise AssertionError("unreachable")


def _complain(text: str) -> None:
    click.echo(f"conformance: {text}", err=True)


def _flush() -> None:
    sys.stdout.flush()
