"""The pages of the kit's interface: command line, settings, report; generated from the code."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import yaml

from conformance.cli import cli
from conformance.docs import markdown
from conformance.profile import specs_folder
from conformance.requirement import capability_flag
from conformance.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

_ACTION = Path(__file__).parents[2] / ".github" / "actions" / "conformance" / "action.yml"
_KINDS = {str: "text", int: "whole number", float: "number", bool: "true or false"}


def command_line() -> str:
    """Return the page of all commands."""
    introduction = (
        "# Command line\n\nGenerated from the commands themselves; `conformance --help` and"
        " `conformance run --help` say the same.\n\n"
    )
    sections = (
        markdown.section(markdown.code(" ".join(path)), _command(path, command))
        for path, command in commands()
    )
    return introduction + "".join(sections)


def commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command with the words that call it."""
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


def _command(path: tuple[str, ...], command: click.Command) -> str:
    context = click.Context(command, info_name=" ".join(path))
    usage = " ".join([*path, *command.collect_usage_pieces(context)])
    options = [option for option in command.params if isinstance(option, click.Option)]
    rows = [(_flags(option, context), _about(option)) for option in options if not option.hidden]
    return "\n".join(
        (
            markdown.block(usage),
            _prose(command.help or ""),
            markdown.table(("option", "meaning"), rows) if rows else "",
            _prose(command.epilog or ""),
        )
    )


def _flags(option: click.Option, context: click.Context) -> str:
    spelled = ", ".join(markdown.code(flag) for flag in (*option.opts, *option.secondary_opts))
    if option.is_flag:
        return spelled
    return f"{spelled} {markdown.code(option.make_metavar(context))}"


def _about(option: click.Option) -> str:
    about = markdown.text(option.help or "")
    return f"{about} Can be given several times." if option.multiple else about


def _prose(help_text: str) -> str:
    """Return a help text; what click was told not to wrap stays as it is, in a block."""
    parts = []
    for paragraph in inspect.cleandoc(help_text).split("\n\n"):
        if paragraph.startswith("\b"):
            body = paragraph.removeprefix("\b").strip("\n")
            language = "sh" if body.lstrip().startswith("conformance ") else "text"
            parts.append(markdown.block(body, language))
        elif paragraph:
            parts.append(markdown.text(paragraph) + "\n")
    return "\n".join(parts)


def settings_table() -> str:
    """Return the table of all settings; the key in the file is the flag with underscores."""
    return markdown.table(
        ("flag and variable", "type", "default", "meaning"),
        (
            (
                f"{markdown.code(setting.flag)}<br>{markdown.code(setting.variable)}",
                _type(setting),
                _default(setting),
                markdown.text(setting.help),
            )
            for setting in SETTINGS
        ),
    )


def _type(setting: Any) -> str:
    if setting.choices:
        return " or ".join(markdown.code(choice) for choice in setting.choices)
    return "list of text" if setting.multiple else _KINDS[setting.kind]


def _default(setting: Any) -> str:
    value = setting.default
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return markdown.code(json.dumps(value))
    return markdown.code(f"{value:g}" if isinstance(value, float) else str(value))


def pytest_table() -> str:
    """Return the table of the options that the pytest plugin takes."""
    return markdown.table(
        ("option", "meaning"),
        (
            (markdown.code(f"--conformance-{setting.flag[2:]}"), markdown.text(setting.help))
            for setting in SETTINGS
            if setting.pytest
        ),
    )


def exit_codes() -> dict[int, str]:
    """Return the exit codes of `run` as its help explains them."""
    return dict(cli.commands["run"].codes)  # type: ignore[attr-defined]


def exit_code_table() -> str:
    """Return the table of exit codes."""
    rows = ((str(code), markdown.text(meaning)) for code, meaning in exit_codes().items())
    return markdown.table(("exit code", "meaning"), rows)


def capability_table() -> str:
    """Return the table of what can be given beyond a token, and the flag that gives it."""
    about = {
        "other-token": "that callers never reach each other's media",
        "s3-access": "what is really stored, and really deleted",
        "wait": "that expiry is enforced",
        "posts": "that a post takes an upload (hayon)",
    }
    return markdown.table(
        ("capability", "given by", "verifies"),
        (
            (markdown.code(name), markdown.text(capability_flag(name)), meaning)
            for name, meaning in about.items()
        ),
    )


def report_table() -> str:
    """Return the members of `report.json`, from its published schema."""
    schema = json.loads((specs_folder() / "report.schema.json").read_text(encoding="utf-8"))
    return markdown.table(
        ("member", "type", "meaning"),
        (
            (markdown.code(path), kind, markdown.text(meaning))
            for path, kind, meaning in _members(schema, schema, "")
        ),
    )


def _members(
    schema: dict[str, Any], root: dict[str, Any], prefix: str
) -> Iterator[tuple[str, str, str]]:
    for name, member in schema.get("properties", {}).items():
        resolved = _resolved(member, root)
        path = f"{prefix}{name}"
        optional = "" if name in schema.get("required", ()) else ", may be absent"
        yield path, _kind(resolved) + optional, resolved.get("description", "")
        inner = _resolved(resolved.get("items", {}), root)
        if inner.get("properties"):
            yield from _members(inner, root, f"{path}[].")
        else:
            yield from _members(resolved, root, f"{path}.")


def _resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref", "")
    if not reference:
        return schema
    target: Any = root
    for part in reference.removeprefix("#/").split("/"):
        target = target[part]
    return {**target, **{key: value for key, value in schema.items() if key != "$ref"}}


def _kind(schema: dict[str, Any]) -> str:
    if "const" in schema:
        return markdown.code(json.dumps(schema["const"]))
    if "enum" in schema:
        return " or ".join(markdown.code(str(choice)) for choice in schema["enum"])
    kinds = schema.get("type", "any")
    return kinds if isinstance(kinds, str) else " or ".join(kinds)


def action_table() -> str:
    """Return the inputs and outputs of the composite action, from its own description."""
    action = yaml.safe_load(_ACTION.read_text(encoding="utf-8"))
    inputs = [
        (markdown.code(name), row["description"], "yes" if row.get("required") else "")
        for name, row in action["inputs"].items()
    ]
    outputs = [(markdown.code(name), row["description"]) for name, row in action["outputs"].items()]
    return (
        markdown.table(("input", "meaning", "required"), inputs)
        + "\n"
        + markdown.table(("output", "meaning"), outputs)
    )


#: What a page may ask for in a line `<!-- generated: NAME -->`.
INSERTS = {
    "action": action_table,
    "settings": settings_table,
    "pytest-options": pytest_table,
    "exit-codes": exit_code_table,
    "capabilities": capability_table,
    "report-members": report_table,
}
