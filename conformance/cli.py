"""The command line: parse, call, exit code."""

from __future__ import annotations

import io
import sys

import click

from conformance.commands.completion import completion
from conformance.commands.explain import explain
from conformance.commands.listing import list_
from conformance.commands.manners import Group
from conformance.commands.run import run
from conformance.commands.selftest import selftest
from conformance.commands.serve import serve
from conformance.problem import Problem, UsageProblem

_INTERRUPTED = 130


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, expose_value=False, is_eager=True,
              callback=lambda ctx, _, asked: _print_version(ctx) if asked else None,
              help="Show the versions of kit and catalogues.")  # fmt: skip
def cli() -> None:
    """Find out which promises of its media-upload contract a server keeps."""


cli.examples = (
    "conformance run feedhive --reference",
    "conformance run hayon --base-url http://127.0.0.1:8000",
    "conformance explain FH-COMPLETE-11",
)
cli.add_command(run)
cli.add_command(serve)
cli.add_command(selftest)
cli.add_command(list_)
cli.add_command(explain)
cli.add_command(completion)


def _print_version(ctx: click.Context) -> None:
    from conformance.commands.version import version_lines  # noqa: PLC0415 - reads the catalogues

    for line in version_lines():
        click.echo(line)
    ctx.exit()


def main() -> int:
    """Run the command line; every problem is one line and its documented exit code.

    A reader of the output that goes away (`| head -1`) changes no exit code.
    """
    code = _code()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
    return code


def _code() -> int:
    _never_choke(sys.stdout, sys.stderr)
    try:
        return int(cli.main(prog_name="conformance", standalone_mode=False) or 0)
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
        return _INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return 0


def _never_choke(*streams: object) -> None:
    """Show what a terminal's encoding cannot as a question mark, rather than fail."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _complain(text: str) -> None:
    click.echo(f"conformance: {text}", err=True)


def _drop_output() -> None:
    from conformance.console import drop_output  # noqa: PLC0415 - imports rich

    drop_output()
