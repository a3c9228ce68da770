"""The settings file: `conformance.toml`, or `[tool.conformance]` of `pyproject.toml`."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.problem import UsageProblem, did_you_mean
from conformance.settings import credential
from conformance.settings.layers import Origin, environment, traced
from conformance.settings.table import BY_NAME, RIVALS, SETTINGS, typed
from conformance.settings.waivers import read_waivers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.model.waiver import Waiver
    from conformance.settings.layers import Chosen, Layer
    from conformance.settings.table import Setting

#: How messages name the file.
_WHERE = "the settings file"
_DEFAULT = Path("conformance.toml")
_PROJECT = Path("pyproject.toml")

#: Keys that only the file has: the source of a token, so that the file need not hold it.
CREDENTIALS = tuple(key for token in credential.TOKENS for key in credential.keys(token))
#: Keys at the top of the file that are not settings: targets, the default one, waivers.
DEFAULT_TARGET = "default_target"
TARGETS = "targets"
WAIVERS = "waivers"
#: Keys that exclude each other in one table; each overrides a shared value of the others.
RIVAL_KEYS = (*RIVALS, *((name, *credential.keys(name)) for name in credential.TOKENS))


def settled(flags: Mapping[str, Any]) -> dict[str, Chosen]:
    """Return every setting with its origin, from flags, environment, file and default.

    Raises `UsageProblem` for a value or a file that cannot be used.
    """
    close: dict[Origin, Layer] = {
        Origin.FLAG: lambda setting: flags.get(setting.name),
        Origin.ENVIRONMENT: environment(),
    }
    known = traced(close)
    file = configuration_file(known["config"].value, known["target"].value)
    found = traced({**close, Origin.FILE: lambda each: None if each.secret else file(each)})
    # The reference server brings its own tokens, so the file's tokens are never looked up.
    return found if found["reference"].value else traced({**close, Origin.FILE: file})


def configuration_file(config: str | None, target_name: str | None) -> Layer:
    """Return the layer of the settings file.

    Its keys are the flags' names with underscores, at the top or under `[targets.NAME]`.
    Raises `UsageProblem` for a file that cannot be used; the layer itself raises it if the
    file names the source of a token and there is no token.
    """
    shared, chosen = _tables(config, target_name)
    values = {name: _checked(name, value) for name, value in _merged(shared, chosen).items()}
    return _layer(values)


def target_names(config: str | None) -> list[str]:
    """Return the names of the targets of the settings file, in their order.

    Raises `UsageProblem` for a file that cannot be used.
    """
    return list(_targets(read(config)))


def token_commands(given: Mapping[str, Chosen]) -> dict[str, str]:
    """Return the commands that print the tokens, by their keys, where a command gave a token.

    `given` are all settings with their origins.
    """
    names = [name for name in credential.TOKENS if given[name].origin is Origin.FILE]
    if not names:
        return {}
    merged = _merged(*_tables(given["config"].value, given["target"].value))
    keys = [f"{name}_command" for name in names]
    return {key: str(merged[key]) for key in keys if merged.get(key)}


def configured_waivers(config: str | None, target_name: str | None) -> tuple[Waiver, ...]:
    """Return the `[[waivers]]` of the settings file and, after them, those of the target.

    Raises `UsageProblem` for a file that cannot be used.
    """
    tables = _tables(config, target_name)
    found = [read_waivers(table[WAIVERS]) for table in tables if WAIVERS in table]
    return tuple(waiver for waivers in found for waiver in waivers)


def _tables(config: str | None, target_name: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings that all targets share, and the table of the chosen target."""
    shared = read(config)
    targets = _targets(shared)
    shared.pop(TARGETS, None)
    usual = shared.pop(DEFAULT_TARGET, None)
    if usual is not None and usual not in targets:
        raise UsageProblem(f"{DEFAULT_TARGET} of the settings file: {_no_target(usual, targets)}")
    for other in targets.values():  # a mistake in another target is reported too
        for name in other.keys() - {WAIVERS}:
            _checked(name, other[name])
    return shared, _chosen(targets, target_name or usual)


def _targets(table: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    targets: dict[str, dict[str, Any]] = table.get(TARGETS, {})
    if not isinstance(targets, dict) or not all(isinstance(t, dict) for t in targets.values()):
        raise UsageProblem("`targets` of the settings file must hold tables: [targets.NAME]")
    return targets


def _layer(values: Mapping[str, Any]) -> Layer:
    @cache
    def token(key: str) -> str:
        return credential.fetch(key, values[key])

    def layer(setting: Setting) -> Any:
        if setting.name in credential.TOKENS:
            for key in credential.keys(setting.name):
                if key in values:
                    return token(key)
        return values.get(setting.name)

    return layer


def read(config: str | None) -> dict[str, Any]:
    """Return the kit's table of the named file, or of the one in this folder, or an empty one.

    Raises `UsageProblem` for a file that cannot be read or is not TOML.
    """
    path = Path(config) if config else _DEFAULT if _DEFAULT.is_file() else _PROJECT
    if not config and not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        if path is _PROJECT:
            return {}  # other tools report what is wrong with this file
        raise UsageProblem(f"the settings file {path} cannot be read: {_why(error)}") from None
    if path.name != _PROJECT.name:
        return table
    tools = table.get("tool", {})
    ours = tools.get("conformance", {}) if isinstance(tools, dict) else {}
    if not isinstance(ours, dict):
        raise UsageProblem(f"[tool.conformance] of {path} must be a table")
    return dict(ours)


def _why(error: OSError | ValueError) -> str:
    """Return why a file cannot be read; two targets with one name get their own message."""
    twice = re.match(r"Cannot declare \(.*'targets', '(.+)'\) twice \(at line (\d+)", str(error))
    if twice:
        return f"two targets have the name {twice[1]!r} (line {twice[2]}): rename one of them"
    return str(getattr(error, "strerror", None) or error)


def _chosen(targets: dict[str, dict[str, Any]], name: str | None) -> dict[str, Any]:
    if name is None and len(targets) > 1:
        raise UsageProblem(
            f"the settings file has several targets: pass --target {_any_of(targets)},"
            f" or set {DEFAULT_TARGET}"
        )
    if name is None:
        return next(iter(targets.values()), {})
    if name not in targets:
        raise UsageProblem(_no_target(name, targets))
    return targets[name]


def _no_target(name: str, targets: Iterable[str]) -> str:
    known = _any_of(targets)
    hint = did_you_mean(str(name), targets)
    return f"no [targets.{name}] in the settings file: it has {known}{hint}"


def _any_of(names: Iterable[str]) -> str:
    return " or ".join(sorted(names)) or "none"


def _merged(shared: dict[str, Any], chosen: dict[str, Any]) -> dict[str, Any]:
    """Merge a target's table into the shared settings; it also overrides the rivals of its keys."""
    shared = dict(shared)
    for table in (shared, chosen):
        for rivals in RIVAL_KEYS:
            given = [name for name in rivals if table.get(name)]
            if len(given) > 1:
                raise UsageProblem(
                    f"{' and '.join(given)} in the settings file exclude each other: keep one"
                )
    for rivals in RIVAL_KEYS:
        if any(name in chosen for name in rivals):
            for name in rivals:
                shared.pop(name, None)
    merged = {**shared, **chosen}
    merged.pop(WAIVERS, None)
    return merged


def _checked(name: str, value: object) -> object:
    setting = BY_NAME.get(name)
    if name in CREDENTIALS:
        return typed(name, str, value, _WHERE)
    if setting is None or not setting.file:
        keys = [known.name for known in SETTINGS if known.file]
        hint = did_you_mean(name, [*keys, *CREDENTIALS, TARGETS, DEFAULT_TARGET, WAIVERS])
        raise UsageProblem(f"unknown key {name!r} in the settings file{hint}")
    return setting.checked(value, _WHERE)
