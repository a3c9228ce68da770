"""The layers of settings, in their order of precedence: flag, environment, file, default."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from conformance.problem import did_you_mean
from conformance.settings.table import BY_NAME, RIVALS, SETTINGS, UNSET, Setting

if TYPE_CHECKING:
    from collections.abc import Mapping


class Origin(StrEnum):
    """Where the value of a setting comes from, in order of precedence."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"
    REFERENCE = "reference"
    START = "start"
    PROGRAM = "program"


# Seconds for a trial, and for a case of it.
_TRIAL_S = 3 * 60 * 60.0

Layer = Callable[[Setting], Any]


@dataclass(frozen=True)
class Chosen:
    """The value of a setting, and where it comes from."""

    value: Any
    origin: Origin


def traced(layers: Mapping[Origin, Layer]) -> dict[str, Chosen]:
    """Return every setting with its origin: the value of the first layer that has one."""
    found: dict[str, Chosen] = {}
    for setting in SETTINGS:
        given = (Chosen(layer(setting), origin) for origin, layer in layers.items())
        default = Chosen(setting.unset, Origin.DEFAULT)
        found[setting.name] = next((one for one in given if one.value not in UNSET), default)
    for rivals in RIVALS:
        _settle(found, rivals)
    return found


def _settle(found: dict[str, Chosen], rivals: tuple[str, ...]) -> None:
    """Drop rivals that a layer of higher precedence overrides; rivals of one layer both stay."""
    order = list(Origin)
    ranks = {name: order.index(found[name].origin) for name in rivals if found[name].value}
    for name, rank in ranks.items():
        if rank > min(ranks.values()):
            found[name] = Chosen(BY_NAME[name].unset, Origin.DEFAULT)


def resolved(*layers: Layer) -> dict[str, Any]:
    """Return every setting: the value of the first layer that has one, or its default."""
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        given = (layer(setting) for layer in layers)
        values[setting.name] = next((one for one in given if one not in UNSET), setting.unset)
    return values


def unbounded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings for a trial on a machine that runs many: only a time that is set counts."""
    hours = dict.fromkeys(("max_time", "case_timeout"), _TRIAL_S)
    return {**values, **{name: values[name] or most for name, most in hours.items()}}


def environment(variables: Mapping[str, str] = os.environ) -> Layer:
    """Return the layer of the environment variables."""
    return lambda setting: (
        setting.parse(variables[setting.variable]) if variables.get(setting.variable) else None
    )


def misspelled(variables: Mapping[str, str] = os.environ) -> list[str]:
    """Return a note on each variable that looks like a misspelled setting."""
    known = [setting.variable for setting in SETTINGS]
    strangers = [name for name in variables if name.startswith("CONFORMANCE_")]
    hints = {name: did_you_mean(name, known) for name in strangers if name not in known}
    return [f"the variable {name} is not a setting{hint}" for name, hint in hints.items() if hint]


def exported(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables that pass the settings to pytest and its workers."""
    return {
        BY_NAME[name].variable: BY_NAME[name].text(value)
        for name, value in values.items()
        if name in BY_NAME and BY_NAME[name].pytest and value not in (None, (), "")
    }


def described(values: Mapping[str, Any], origins: Mapping[str, Origin]) -> list[dict[str, str]]:
    """Return name, shown value and origin of every setting, as reports show them."""
    return [
        {
            "name": setting.name,
            "value": setting.shown(values[setting.name]),
            "origin": origins.get(setting.name, Origin.DEFAULT).value,
        }
        for setting in SETTINGS
    ]
