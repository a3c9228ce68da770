"""The JSON Schema of the settings file, for editors: `specs/conformance.schema.json`.

It is generated from the settings: run `python -m conformance.settings.file_schema` after a
change of the table.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.model.profile import specs_folder
from conformance.settings.file import CREDENTIALS, DEFAULT_TARGET, RIVAL_KEYS, TARGETS, WAIVERS
from conformance.settings.table import SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.settings.table import Setting

_KINDS = {str: "string", int: "integer", float: "number", bool: "boolean"}
_WAYS = {
    "env": "Name of the environment variable that holds it.",
    "command": "Command, run without a shell, that prints it on the first line.",
}
_WAIVER_KEYS = {
    "requirement": "Id of the requirement that may fail.",
    "reason": "Why it may fail.",
    "issue": "Where the fix is tracked.",
    "owner": "Who fixes it.",
    "match": "Only failures whose text contains this.",
}


def schema() -> dict[str, Any]:
    """Return the schema: every setting at the top and in each target, and the waivers."""
    keys = settings_keys()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of the conformance kit (conformance.toml)",
        "type": "object",
        "properties": {
            **keys,
            DEFAULT_TARGET: {"type": "string", "description": "The target without --target."},
            TARGETS: {
                "type": "object",
                "description": "Named targets; --target NAME chooses one.",
                "additionalProperties": {"$ref": "#/$defs/target"},
            },
            WAIVERS: {"type": "array", "items": {"$ref": "#/$defs/waiver"}},
        },
        "allOf": _exclusions(),
        "additionalProperties": False,
        "$defs": {"target": _target(keys), "waiver": _waiver()},
    }


def settings_keys() -> dict[str, Any]:
    """Return the schema of each key that is a setting, or the source of a token."""
    keys: dict[str, Any] = {s.name: _key(s) for s in SETTINGS if s.file}
    for name in CREDENTIALS:
        token, _, way = name.rpartition("_")
        description = f"{token}: {_WAYS[way]}"
        keys[name] = {"type": "string", "minLength": 1, "description": description}
    return keys


def _key(setting: Setting) -> dict[str, Any]:
    key: dict[str, Any] = {"description": setting.help}
    if setting.multiple:
        return {"type": "array", "items": {"type": "string"}, **key}
    key = {"type": _KINDS[setting.kind], **key}
    if setting.choices:
        key["enum"] = list(setting.choices)
    if setting.least is not None:
        key["minimum"] = setting.least
    if setting.above is not None:
        key["exclusiveMinimum"] = setting.above
    if setting.default is not None:
        key["default"] = setting.default
    return key


def _exclusions() -> list[dict[str, Any]]:
    """Return the rules that allow at most one key of each group; a switch may be off."""
    switches = {setting.name for setting in SETTINGS if setting.kind is bool}
    return [
        {"not": {"allOf": [_given(name, switches) for name in (one, other)]}}
        for rivals in RIVAL_KEYS
        for number, one in enumerate(rivals)
        for other in rivals[number + 1 :]
    ]


def _given(name: str, switches: set[str]) -> dict[str, Any]:
    given: dict[str, Any] = {"required": [name]}
    if name in switches:
        given["properties"] = {name: {"const": True}}
    return given


def _target(keys: dict[str, Any]) -> dict[str, Any]:
    references = {name: {"$ref": f"#/properties/{name}"} for name in keys}
    return {
        "type": "object",
        "properties": references,
        "allOf": _exclusions(),
        "additionalProperties": False,
    }


def _waiver() -> dict[str, Any]:
    texts = {
        name: {"type": "string", "minLength": 1, "description": description}
        for name, description in _WAIVER_KEYS.items()
    }
    # TOML has its own type for dates, which an editor passes to the schema as text.
    expires = {"type": "string", "format": "date", "description": "Last day, as YYYY-MM-DD."}
    return {
        "type": "object",
        "description": "A known failure, which does not change the exit code.",
        "required": ["requirement", "reason"],
        "properties": {**texts, "expires": expires},
        "additionalProperties": False,
    }


def path() -> Path:
    """Return where the schema is published."""
    return specs_folder() / "conformance.schema.json"


def text() -> str:
    """Return the published file's text."""
    return json.dumps(schema(), indent=2) + "\n"


if __name__ == "__main__":
    path().write_text(text(), encoding="utf-8")
