"""`conformance cleanup [JOURNAL]`: removes what a killed run left on its target."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.text import Text

from conformance.cli.help import Command
from conformance.cli.options import SectionOption, setting_options
from conformance.model.left_behind import STAYS
from conformance.model.redaction import visible
from conformance.problem import ExitCode
from conformance.reports.terminal.layout import print_hanging, print_names
from conformance.settings.target import OF_CONNECTION

#: The settings that say where the things are and how to reach them; the profile is the journal's.
OPTIONS = (
    *("base_url", "short_lived_url", "config", "target"),
    *("token", "other_token"),
    *("s3_endpoint", "s3_bucket", "storage_resolve", "storage_host", "allow_network"),
    *OF_CONNECTION,
    *("connect_timeout", "read_timeout", "request_timeout", "max_response_bytes"),
    *("retry_after", "max_timeouts", "cleanup_timeout"),
)


@click.command(
    cls=Command,
    short_help="Remove what a killed run left on its target.",
    codes=(
        (ExitCode.OK, "everything is gone, or there was nothing to remove"),
        (ExitCode.FAILED, "something stayed; the output names it"),
        (ExitCode.USAGE, "wrong usage, or the journal does not fit or its run is still alive"),
        (ExitCode.UNTESTABLE, "the target cannot be reached, or refuses the token"),
    ),
    examples=(
        "conformance cleanup",
        "conformance cleanup --target staging",
        "conformance cleanup /tmp/media-conformance-1000/4f1c2a/8d1f-main.jsonl",
    ),
)
@click.argument("journal", metavar="[JOURNAL]", required=False, type=click.Path(path_type=Path))
@click.option("--tokens-from", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
              cls=SectionOption, section="Credentials",
              help="The file that the load was given.")  # fmt: skip
@setting_options(*OPTIONS)
def cleanup(journal: Path | None, *, tokens_from: Path | None, **flags: Any) -> int:
    """Remove what a run left on its target because it was killed.

    JOURNAL is the journal that the run wrote, or a folder of them. Without it, those of the target
    that the settings name are taken, or of the target of the newest run.
    """
    from conformance.reports.terminal.console import Console
    from conformance.runner.cleanup import cleaned_up
    from conformance.settings.file import settled, token_commands
    from conformance.settings.token_file import tokens_in

    given = settled(flags)
    values = {name: one.value for name, one in given.items()} | token_commands(given)
    tokens = tokens_in(tokens_from) if tokens_from else ()
    done = cleaned_up(journal, values, tokens)
    console = Console()
    for note in done.notes:
        print_hanging(console, Text(), Text(visible(note)))
    if not done.target:
        return ExitCode.OK
    runs = "run" if len(done.runs) == 1 else "runs"
    console.print(Text(visible(f"{done.target}: {runs} {', '.join(done.runs)}")), soft_wrap=True)
    console.print(f"removed: {done.removed}")
    for what, why in STAYS.items():
        if count := done.left_behind[what]:
            print_hanging(console, Text("left behind: "), Text(f"{count} {what} ({why})"))
    if done.stayed:
        console.print(Text(f"could not be removed: {len(done.stayed)}", style="bold red"))
        print_names(console, Text("    "), list(map(visible, done.stayed)), every=True)
    return ExitCode.FAILED if done.stayed else ExitCode.OK
