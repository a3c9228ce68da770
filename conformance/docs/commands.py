"""The pages of the command line, one per command, generated from the commands themselves."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.main import cli
from conformance.docs import markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = "reference/commands"


def pages() -> Iterator[tuple[str, str]]:
    """Yield the path and the Markdown of every page."""
    yield f"{FOLDER}/index.md", overview()
    for path, command in commands():
        yield _place(path), page(path, command)


def navigation() -> list[Any]:
    """Return the commands' part of the site's navigation."""
    return [f"{FOLDER}/index.md", *({path[-1]: _place(path)} for path, _ in commands())]


def commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command with the words to call it."""
    yield from _below(("conformance",), cli)


def _below(
    path: tuple[str, ...], command: click.Command
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        if inner is not None and not inner.hidden:
            yield from _below((*path, name), inner)


def _place(path: tuple[str, ...]) -> str:
    return f"{FOLDER}/{'-'.join(path[1:])}.md"


def overview() -> str:
    """Return the page that lists the commands."""
    rows = (
        (
            f"[{markdown.code(' '.join(path))}]({_place(path).rpartition('/')[2]})",
            markdown.text(command.get_short_help_str(limit=200)),
        )
        for path, command in commands()
    )
    return (
        "# Command line\n\nThese pages are generated from the commands, so `--help` after a command"
        " shows the same text (`--help-all` where the list of options is long)."
        " `conformance --version` prints the versions of the kit and of its catalogues. If you"
        " misspell a command, flag, profile or requirement id, the kit suggests the correct one."
        "\n\n"
        f"{markdown.table(('command', 'what it does'), rows)}\n"
        f"{markdown.section('Examples', _examples(cli))}"
    )


def page(path: tuple[str, ...], command: click.Command) -> str:
    """Return the page of one command: usage, options by section, examples, exit codes."""
    context = click.Context(command, info_name=" ".join(path))
    usage = " ".join([*path, *command.collect_usage_pieces(context)])
    options = (
        markdown.section(title, markdown.table(("option", "meaning"), rows))
        for title, rows in _sections(command, context).items()
    )
    return "".join(
        (
            f"# {markdown.code(' '.join(path))}\n\n",
            f"{_prose(command.help or '')}\n",
            f"{markdown.block(usage)}\n",
            *options,
            markdown.section("Examples", _examples(command)),
            markdown.section("Exit codes", code_table(command)),
        )
    )


def _sections(command: click.Command, context: click.Context) -> dict[str, list[tuple[str, str]]]:
    sections: dict[str, list[tuple[str, str]]] = {}
    for option in command.params:
        if isinstance(option, click.Option) and not option.hidden:
            rows = sections.setdefault(getattr(option, "section", "Options"), [])
            rows.append((_flags(option, context), _about(option)))
    return sections


def _flags(option: click.Option, context: click.Context) -> str:
    spelled = ", ".join(markdown.code(flag) for flag in (*option.opts, *option.secondary_opts))
    if option.is_flag:
        return spelled
    return f"{spelled} {markdown.code(option.make_metavar(context))}"


def _about(option: click.Option) -> str:
    about = markdown.text(option.help or "")
    return f"{about} Can be given several times." if option.multiple else about


def _prose(help_text: str) -> str:
    """Return a help text. A paragraph that click does not wrap becomes a block."""
    parts = []
    for paragraph in inspect.cleandoc(help_text).split("\n\n"):
        if paragraph.startswith("\b"):
            body = paragraph.removeprefix("\b").strip("\n")
            language = "sh" if body.lstrip().startswith("conformance ") else "text"
            parts.append(markdown.block(body, language))
        elif paragraph:
            parts.append(markdown.text(paragraph) + "\n")
    return "\n".join(parts)


def _examples(command: click.Command) -> str:
    lines = getattr(command, "examples", ())
    return markdown.block("\n".join(lines), "sh") if lines else ""


def exit_codes(command: click.Command) -> dict[int, str]:
    """Return the exit codes in the help of a command, or an empty dict."""
    return dict(getattr(command, "codes", ()))


def code_table(command: click.Command) -> str:
    """Return the table of a command's exit codes, or an empty string if it has none."""
    codes = exit_codes(command)
    rows = ((str(code), markdown.text(meaning)) for code, meaning in codes.items())
    return markdown.table(("exit code", "meaning"), rows) if codes else ""
