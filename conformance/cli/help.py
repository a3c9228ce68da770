"""The help of every command: fits the terminal, has sections, examples, suggestions."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import click

from conformance.problem import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Below this width the help of a flag is written under it, not beside it.
_NARROW = 60
_WIDEST = 100
_NARROWEST = 24


class _Formatter(click.HelpFormatter):
    """Writes lists in one column on a narrow terminal."""

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Write names and their meanings side by side, if there is room."""
        super().write_dl(list(rows), 4 if self.width < _NARROW else col_max, col_spacing)


class _Context(click.Context):
    formatter_class = _Formatter

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        columns = shutil.get_terminal_size().columns
        kwargs["terminal_width"] = max(min(columns, _WIDEST), _NARROWEST)
        super().__init__(*args, **kwargs)


class Command(click.Command):
    """A command whose help shows options in sections, then examples, then exit codes.

    `examples` are command lines; `codes` are exit codes, each with its meaning.
    """

    context_class = _Context

    def __init__(
        self,
        *args: Any,
        examples: Iterable[str] = (),
        codes: Iterable[tuple[int, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.examples = tuple(examples)
        self.codes = tuple(codes)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options by section, aligned in one column."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None and not isinstance(param, click.Argument):
                sections.setdefault(getattr(param, "section", "Options"), []).append(record)
        if len(sections) > 1:  # --help alone does not need its own section
            rest = sections.pop("Options", [])
            sections[list(sections)[-1]] += rest
        width = max((len(flag) for rows in sections.values() for flag, _ in rows), default=0)
        for name, rows in sections.items():
            formatter.write_paragraph()
            formatter.write_heading(name)
            with formatter.indentation():
                formatter.write_dl([(f"{flag:<{min(width, 30)}}", text) for flag, text in rows])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples and the exit codes."""
        super().format_epilog(ctx, formatter)
        write_examples(formatter, self.examples)
        if self.codes:
            formatter.write_paragraph()
            formatter.write_heading("Exit codes")
            with formatter.indentation():
                for code, meaning in self.codes:
                    formatter.write_text(f"{code}  {meaning}")


class Group(click.Group):
    """The command `conformance`: it suggests a command for an unknown one."""

    command_class = Command
    context_class = _Context
    examples: tuple[str, ...] = ()

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or fail with a suggestion."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            ctx.fail(f"no command {name!r}{did_you_mean(name, self.commands)}")
        return super().resolve_command(ctx, args)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        super().format_epilog(ctx, formatter)
        write_examples(formatter, self.examples)


def write_examples(formatter: click.HelpFormatter, examples: Iterable[str]) -> None:
    """Write command lines without wrapping, so that they can be copied."""
    lines = list(examples)
    if lines:
        formatter.write_paragraph()
        formatter.write_heading("Examples")
        for line in lines:
            formatter.write(f"  {line}\n")
