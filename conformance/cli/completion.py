"""`conformance completion`: a script with which a shell completes commands, flags and ids."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from conformance.cli.help import Command
from conformance.problem import KitFault

SHELLS = ("bash", "zsh", "fish")


@click.command(
    cls=Command,
    short_help="Print a shell's completion script.",
    examples=(
        'eval "$(conformance completion bash)"   # in ~/.bashrc',
        'eval "$(conformance completion zsh)"    # in ~/.zshrc',
        "conformance completion fish > ~/.config/fish/completions/conformance.fish",
    ),
)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a SHELL: commands, flags, profiles, requirements."""
    script = get_completion_class(shell)
    if script is None:
        raise KitFault(f"click cannot complete for {shell}")
    root = ctx.find_root()
    name = root.info_name or "conformance"
    source = script(root.command, {}, name, f"_{name.upper()}_COMPLETE").source()
    click.echo(source)
