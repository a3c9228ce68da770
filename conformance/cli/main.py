"""The command line: parse, call, exit code."""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
import traceback
from typing import NoReturn

import click

from conformance.cli.cleanup import cleanup
from conformance.cli.completion import completion
from conformance.cli.diff import diff
from conformance.cli.doctor import doctor
from conformance.cli.explain import explain
from conformance.cli.help import Group
from conformance.cli.init import init
from conformance.cli.judge import judge
from conformance.cli.list import list_
from conformance.cli.load import load
from conformance.cli.merge import merge
from conformance.cli.replay import replay
from conformance.cli.report import report
from conformance.cli.run import run
from conformance.cli.selftest import selftest
from conformance.cli.serve import serve
from conformance.cli.spec import spec
from conformance.cli.strays import hidden, known
from conformance.cli.version import version_lines
from conformance.cli.watch import watch
from conformance.harness import signals
from conformance.harness.garbage import collect_seldom
from conformance.model.redaction import Redactor, visible
from conformance.problem import ExitCode, KitFault, Problem

#: The variables whose values never belong into a file, and the words of a command line.
_SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|_KEY|HEADER")
_SECRET_CHARACTERS = 12
#: So much of a traceback is kept, and of its last line shown.
_FAULT_CHARACTERS, _SHOWN_CHARACTERS = 20_000, 200


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, expose_value=False, is_eager=True,
              callback=lambda ctx, _, asked: _print_version(ctx) if asked else None,
              help="Show the versions of the kit and its catalogues.")  # fmt: skip
def cli() -> None:
    """Find out which requirements of its media-upload contract a server meets."""


cli.examples = ("conformance run feedhive --base-url http://127.0.0.1:8000",)
cli.add_command(init)
cli.add_command(doctor)
cli.add_command(run)
cli.add_command(serve)
cli.add_command(selftest)
cli.add_command(list_)
cli.add_command(explain)
cli.add_command(spec)
cli.add_command(report)
cli.add_command(watch)
cli.add_command(judge)
cli.add_command(load)
cli.add_command(replay)
cli.add_command(diff)
cli.add_command(merge)
cli.add_command(cleanup)
cli.add_command(completion)


def _print_version(ctx: click.Context) -> None:
    for line in version_lines():
        click.echo(line)
    ctx.exit()


def program() -> NoReturn:
    """Run the command line as a program: what is left after it is to end.

    A thread may still wait for a silent target. A signal ends the process at once now, and no
    traceback of Python's own end is shown.
    """
    code = main()
    signals.leave()
    sys.exit(code)


def main() -> int:
    """Run the command line; every problem is one line and its documented exit code.

    If the reader of the output stops early (`| head -1`), the exit code stays the same.
    """
    _replace_unencodable(sys.stdout, sys.stderr)
    collect_seldom()
    try:
        arguments = sys.argv[1:] or ["--help"]
        with signals.interruptible():
            code = int(cli.main(arguments, prog_name="conformance", standalone_mode=False) or 0)
    except click.exceptions.Exit as leaving:
        code = leaving.exit_code
    except BrokenPipeError:
        code = ExitCode.OK
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - see below
        code, message = _reported(error)
        words = hidden(message, sys.argv[1:])
        click.echo("\n".join(map(visible, f"conformance: {words}".splitlines())), err=True)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
    return code


def _reported(error: BaseException) -> tuple[int, str]:
    """Return the exit code and the message of an error.

    Python's own exit code 1 would mean that the server is nonconformant, so no error may
    leave the command line uncaught.
    """
    match error:
        case click.ClickException():
            found = ExitCode.USAGE, error.format_message()
        case KitFault() if "\n" in str(error):
            first = str(error).strip().rpartition("\n")[2]
            found = error.exit_code, f"{first[:_SHOWN_CHARACTERS]}: {_kept(str(error))}"
        case Problem():
            found = error.exit_code, str(error)
        case KeyboardInterrupt() | click.Abort():
            found = ExitCode.INTERRUPTED, "interrupted"
        case OSError(filename=str() as name, strerror=reason):
            found = ExitCode.USAGE, f"{name}: {reason}"
        case _:
            text = "".join(traceback.format_exception(error))
            found = ExitCode.KIT_FAULT, f"a fault of the kit, not of the server: {_kept(text)}"
    return found


def _kept(text: str) -> str:
    """Write what happened into a file of its own; return what the user may do with it.

    A traceback may hold text of a server, and secrets of the user: none of it goes on the screen.
    """
    secrets = [os.environ.get(name) for name in os.environ if _SECRET.search(name)]
    given = [word for word in sys.argv[1:] if len(word) >= _SECRET_CHARACTERS]
    secrets += known(sys.argv[1:])
    redacted = Redactor([*secrets, *given]).text(text[-_FAULT_CHARACTERS:])
    lines = "\n".join(map(visible, redacted.splitlines()))
    try:
        file, name = tempfile.mkstemp(prefix="conformance-fault-", suffix=".txt")
        with os.fdopen(file, "w", encoding="utf-8", errors="backslashreplace") as out:
            out.write(f"{lines}\n")
    except OSError:
        return "please report it"
    return f"please report it, with {name} attached"


def _replace_unencodable(*streams: object) -> None:
    """Show a character that the terminal cannot encode as a question mark."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _drop_output() -> None:
    from conformance.reports.terminal.console import drop_output

    drop_output()
