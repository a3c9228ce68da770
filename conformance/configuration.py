"""The settings file: `conformance.toml`, or `[tool.conformance]` of `pyproject.toml`."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.problem import UsageProblem
from conformance.settings import BY_NAME
from conformance.waiver import read_waivers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.settings import Layer, Setting
    from conformance.waiver import Waiver

_DEFAULT = Path("conformance.toml")
_PROJECT = Path("pyproject.toml")
#: Keys of the file that are no settings.
_TABLES = frozenset({"targets", "waivers"})


def configuration_file(config: str | None, target_name: str | None) -> Layer:
    """Return the layer of the settings file.

    Its keys are the flags' names with underscores, at the top or under `[targets.NAME]`.
    Raises `UsageProblem` for a file that cannot be used.
    """
    table = _read(config)
    merged = {**table, **_chosen(_targets(table), target_name)}
    values = {name: _checked(name, merged[name]) for name in merged if name not in _TABLES}
    return lambda setting: values.get(setting.name)


def configured_waivers(config: str | None, target_name: str | None) -> tuple[Waiver, ...]:
    """Return the `[[waivers]]` of the settings file and, after them, those of the target.

    Raises `UsageProblem` for a file that cannot be used.
    """
    table = _read(config)
    chosen = _chosen(_targets(table), target_name)
    tables = [read_waivers(part["waivers"]) for part in (table, chosen) if "waivers" in part]
    return tuple(waiver for part in tables for waiver in part)


def _targets(table: dict[str, Any]) -> dict[str, dict[str, Any]]:
    targets = table.get("targets", {})
    if not isinstance(targets, dict) or not all(isinstance(t, dict) for t in targets.values()):
        raise UsageProblem("`targets` of the settings file must hold tables: [targets.NAME]")
    return targets


def _read(config: str | None) -> dict[str, Any]:
    if config is not None:
        path = Path(config)
    elif _DEFAULT.is_file():
        path = _DEFAULT
    else:
        path = _PROJECT
        if not path.is_file():
            return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        if path is _PROJECT:
            return {}  # another tool's file to complain about
        reason = getattr(error, "strerror", None) or error
        raise UsageProblem(f"the settings file {path} cannot be read: {reason}") from None
    if path.name == _PROJECT.name:
        tools = table.get("tool", {})
        ours = tools.get("conformance", {}) if isinstance(tools, dict) else {}
        if not isinstance(ours, dict):
            raise UsageProblem(f"[tool.conformance] of {path} must be a table")
        return dict(ours)
    return table


def _chosen(targets: dict[str, dict[str, Any]], name: str | None) -> dict[str, Any]:
    if name is None and len(targets) > 1:
        raise UsageProblem(
            f"several targets in the settings file: pass --target {_any_of(targets)}"
        )
    if name is None:
        return next(iter(targets.values()), {})
    if name not in targets:
        raise UsageProblem(f"no [targets.{name}] in the settings file: it has {_any_of(targets)}")
    return targets[name]


def _any_of(names: Iterable[str]) -> str:
    return " or ".join(sorted(names)) or "none"


def _checked(name: str, value: object) -> object:
    setting = BY_NAME.get(name)
    if setting is None:
        close = difflib.get_close_matches(name, BY_NAME, n=1)
        hint = f": did you mean {close[0]}?" if close else ""
        raise UsageProblem(f"unknown key {name!r} in the settings file{hint}")
    if setting.multiple:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise UsageProblem(f"{name} in the settings file must be a list of strings")
    if setting.kind is float and type(value) is int:
        return float(value)
    if type(value) is not setting.kind:
        raise UsageProblem(f"{name} in the settings file must be {_KINDS[setting.kind]}")
    return _among_choices(setting, value)


_KINDS = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}


def _among_choices(setting: Setting, value: object) -> object:
    if setting.choices and value not in setting.choices:
        choices = ", ".join(setting.choices)
        raise UsageProblem(f"{setting.name} in the settings file must be one of {choices}")
    return value
