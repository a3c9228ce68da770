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

    `examples` are command lines; `codes` are exit codes, each with its meaning. With `everyday`,
    the names of the options that most users need, `--help` shows only these and the examples, so
    that it fits a screen; `--help-all` shows everything.
    """

    context_class = _Context

    def __init__(
        self,
        *args: Any,
        examples: Iterable[str] = (),
        codes: Iterable[tuple[int, str]] = (),
        everyday: Iterable[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.examples = tuple(examples)
        self.codes = tuple(codes)
        self.everyday = frozenset(everyday)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the parameters, and `--help-all` where `--help` leaves options out."""
        params = super().get_params(ctx)
        return [*params, _HELP_ALL] if self.everyday else params

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command does; in the short help, only the first paragraph."""
        if self._is_short(ctx):
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text((self.help or "").split("\n\n", maxsplit=1)[0])
        else:
            super().format_help_text(ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options by section, aligned in one column; the everyday ones in one section."""
        short = self._is_short(ctx)
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            known = not short or param.name in self.everyday or param.name in _OF_HELP
            if record is not None and known and not isinstance(param, click.Argument):
                place = "Options" if short else getattr(param, "section", "Options")
                sections.setdefault(place, []).append(record)
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
        """Write the examples and, but in the short help, the exit codes."""
        super().format_epilog(ctx, formatter)
        write_examples(formatter, self.examples)
        if self.codes and not self._is_short(ctx):
            formatter.write_paragraph()
            formatter.write_heading("Exit codes")
            with formatter.indentation():
                for code, meaning in self.codes:
                    formatter.write_text(f"{code}  {meaning}")

    def _is_short(self, ctx: click.Context) -> bool:
        return bool(self.everyday) and not ctx.meta.get(_WHOLE)


def _show_all(ctx: click.Context, _: click.Parameter, asked: bool) -> None:  # noqa: FBT001 - click's
    if asked:
        ctx.meta[_WHOLE] = True
        click.echo(ctx.get_help(), color=ctx.color)
        ctx.exit()


_WHOLE = "conformance.help_all"
_OF_HELP = frozenset({"help", "help_all"})
_HELP_ALL = click.Option(
    ["--help-all"],
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_all,
    help="Show every option and the exit codes.",
)


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
