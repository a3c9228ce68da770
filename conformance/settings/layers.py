"""Where the value of a setting comes from: flag, environment, file or default, in this order."""

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
    """Who said what a setting is: the user, in order of precedence, or the kit."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"
    REFERENCE = "reference"
    START = "start"


Layer = Callable[[Setting], Any]


@dataclass(frozen=True)
class Chosen:
    """What a setting is, and who said so."""

    value: Any
    origin: Origin


def traced(layers: Mapping[Origin, Layer]) -> dict[str, Chosen]:
    """Return every setting with its origin: what the first layer that knows it says."""
    found: dict[str, Chosen] = {}
    for setting in SETTINGS:
        given = (Chosen(layer(setting), origin) for origin, layer in layers.items())
        default = Chosen(setting.unset, Origin.DEFAULT)
        found[setting.name] = next((one for one in given if one.value not in UNSET), default)
    for rivals in RIVALS:
        _settle(found, rivals)
    return found


def _settle(found: dict[str, Chosen], rivals: tuple[str, ...]) -> None:
    """Forget the rivals that a closer layer overrides; those of one layer stay to be refused."""
    order = list(Origin)
    ranks = {name: order.index(found[name].origin) for name in rivals if found[name].value}
    for name, rank in ranks.items():
        if rank > min(ranks.values()):
            found[name] = Chosen(BY_NAME[name].unset, Origin.DEFAULT)


def resolved(*layers: Layer) -> dict[str, Any]:
    """Return every setting: what the first layer that knows it says, else its default."""
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        given = (layer(setting) for layer in layers)
        values[setting.name] = next((one for one in given if one not in UNSET), setting.unset)
    return values


def environment(variables: Mapping[str, str] = os.environ) -> Layer:
    """Return the layer of the environment variables."""
    return lambda setting: (
        setting.parse(variables[setting.variable]) if variables.get(setting.variable) else None
    )


def misspelled(variables: Mapping[str, str] = os.environ) -> list[str]:
    """Return a note on each variable that is no setting but looks like one."""
    known = [setting.variable for setting in SETTINGS]
    strangers = [name for name in variables if name.startswith("CONFORMANCE_")]
    hints = {name: did_you_mean(name, known) for name in strangers if name not in known}
    return [f"the variable {name} is no setting{hint}" for name, hint in hints.items() if hint]


def exported(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the environment that hands the settings of pytest on to it and its workers."""
    return {
        BY_NAME[name].variable: BY_NAME[name].text(value)
        for name, value in values.items()
        if name in BY_NAME and BY_NAME[name].pytest and value not in (None, (), "")
    }


def described(values: Mapping[str, Any], origins: Mapping[str, Origin]) -> list[dict[str, str]]:
    """Return name, shown value and origin of every setting, as reports tell them."""
    return [
        {
            "name": setting.name,
            "value": setting.shown(values[setting.name]),
            "origin": origins.get(setting.name, Origin.DEFAULT).value,
        }
        for setting in SETTINGS
    ]
