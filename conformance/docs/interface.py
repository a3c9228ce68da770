"""The tables of the kit's interface (settings, pytest options, report), made from the code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml

from conformance.cli.main import cli
from conformance.docs import commands, markdown
from conformance.model.profile import specs_folder
from conformance.model.requirement import capability_flag
from conformance.settings import credential, pytest_options
from conformance.settings.table import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    import pytest

    from conformance.settings.table import Setting

_ACTION = Path(__file__).parents[2] / ".github" / "actions" / "conformance" / "action.yml"
_KINDS = {str: "text", int: "whole number", float: "number", bool: "true or false"}


def settings_table() -> str:
    """Return the tables of all settings, one per section of `conformance run --help`."""
    sections: dict[str, list[Setting]] = {}
    for setting in SETTINGS:
        sections.setdefault(setting.section, []).append(setting)
    return "".join(
        markdown.section(title, _settings(settings), level=3)
        for title, settings in sections.items()
    )


def _settings(settings: Iterable[Setting]) -> str:
    return markdown.table(
        ("flag, variable and key", "type", "default", "meaning"),
        (
            (_names(setting), _type(setting), _default(setting), markdown.text(setting.help))
            for setting in settings
        ),
    )


def _names(setting: Setting) -> str:
    names = [setting.flag, setting.variable, *([setting.name] if setting.file else [])]
    return "<br>".join(map(markdown.code, names))


def _type(setting: Setting) -> str:
    if setting.choices:
        return " or ".join(markdown.code(choice) for choice in setting.choices)
    if setting.above is not None:
        return f"{_KINDS[setting.kind]} above {setting.above:g}"
    if setting.least is not None:
        return f"{_KINDS[setting.kind]}, {setting.least:g} or more"
    return "list of text" if setting.multiple else _KINDS[setting.kind]


def _default(setting: Setting) -> str:
    value = setting.default
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return markdown.code(json.dumps(value))
    return markdown.code(f"{value:g}" if isinstance(value, float) else str(value))


def pytest_table() -> str:
    """Return the table of the options and ini keys of the pytest plugin."""
    offered = _Offered()
    pytest_options.add_to(cast("pytest.Parser", offered))
    return markdown.table(
        ("option", "ini key", "meaning"),
        (
            (markdown.code(flag), _ini_key(flag, offered.keys), markdown.text(meaning))
            for flag, meaning in offered.flags.items()
        ),
    )


def _ini_key(flag: str, keys: Container[str]) -> str:
    key = flag[2:].replace("-", "_")
    return markdown.code(key) if key in keys else ""


class _Offered:
    """Replaces pytest's parser, and records the options of the plugin."""

    def __init__(self) -> None:
        self.flags: dict[str, str] = {}
        self.keys: set[str] = set()

    def getgroup(self, *_: str) -> _Offered:
        return self

    def addoption(self, flag: str, **how: Any) -> None:
        self.flags[flag] = how["help"]

    def addini(self, key: str, *_: str, **__: Any) -> None:
        self.keys.add(key)


def exit_code_table() -> str:
    """Return the table of the exit codes of `run`."""
    return commands.code_table(cli.commands["run"])


def credential_table() -> str:
    """Return the table of the keys that name the place of a token."""
    where = {
        "env": "Name of the environment variable that contains it.",
        "command": "Command that prints it as its first line; it runs without a shell.",
    }
    whose = {"token": "The caller's token", "other_token": "The second caller's token"}
    return markdown.table(
        ("key", "token", "meaning"),
        (
            (markdown.code(f"{token}_{way}"), whose[token], where[way])
            for token in credential.TOKENS
            for way in credential.WAYS
        ),
    )


def capability_table() -> str:
    """Return the table of the capabilities, with the flag for each."""
    about = {
        "other-token": "that callers cannot reach each other's media",
        "s3-access": "what is really stored, and really deleted",
        "wait": "that expiry is enforced",
        "posts": "that a post accepts an upload, and shows it",
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
    """Return the inputs and outputs of the composite action, from its `action.yml`."""
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


#: The tables that a page can include with a line `<!-- generated: NAME -->`.
INSERTS = {
    "action": action_table,
    "settings": settings_table,
    "credentials": credential_table,
    "pytest-options": pytest_table,
    "exit-codes": exit_code_table,
    "capabilities": capability_table,
    "report-members": report_table,
}
