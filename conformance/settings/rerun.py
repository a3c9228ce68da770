"""How to repeat a run: as a command for people, as data for `conformance replay`."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from conformance.problem import UsageProblem
from conformance.settings.layers import Origin
from conformance.settings.table import BY_NAME, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.settings.table import Setting

#: The settings that start a target, instead of naming its URL.
_SOURCES = ("reference", "start")
#: The settings that name the file: repeated only if the tokens come from it.
_FILE = ("config", "target")


@dataclass(frozen=True)
class Rerun:
    """What repeats a run: the profile and each setting that matters, without secrets."""

    profile: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls, profile: str, values: Mapping[str, Any], origins: Mapping[str, Origin] | None = None
    ) -> Self:
        """Choose the settings to repeat; `reference` and `start` win over a URL."""
        kept = {
            setting.name: values[setting.name]
            for setting in SETTINGS
            if setting.name == "seed"
            or (values[setting.name] != setting.unset and _is_repeated(setting, origins or {}))
        }
        if any(kept.get(name) for name in _SOURCES):
            kept.pop("base_url", None)
        return cls(profile, kept)

    @classmethod
    def from_dict(cls, profile: str, data: Mapping[str, Any]) -> Self:
        """Read the result of `as_dict`; raise `UsageProblem` for a setting that does not fit."""
        values: dict[str, Any] = {}
        for name, value in data.items():
            setting = BY_NAME.get(name)
            if setting is None or setting.secret:
                raise UsageProblem(f"{name} is not a setting that a run repeats")
            values[name] = setting.checked(value, "the report")
        return cls(profile, values)

    def cleaned(self, clean: Callable[[str], str]) -> Self:
        """Return the same without the secrets that a value such as `start` may hold."""
        values = {
            name: clean(value)
            if isinstance(value, str)
            else tuple(map(clean, value))
            if isinstance(value, tuple)
            else value
            for name, value in self.values.items()
        }
        return type(self)(self.profile, values)

    def as_dict(self) -> dict[str, Any]:
        """Return the settings in a JSON-able form."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in self.values.items()}

    @property
    def reference(self) -> bool:
        """Whether the target was the kit's own reference server."""
        return bool(self.values.get("reference"))

    @property
    def start(self) -> str | None:
        """The command that started the target, if one did."""
        return self.values.get("start")

    def command(self) -> str:
        """Return the command line that repeats the run."""
        words = ["conformance", "run", self.profile]
        for setting in SETTINGS:
            if setting.name in self.values:
                words += _words(setting, self.values[setting.name])
        return " ".join(words)

    def layer(self, setting: Setting) -> Any:
        """Return the value that the run had; None for a setting that is not repeated."""
        if setting.secret or not setting.repeated:
            return self.values.get(setting.name)
        return self.values.get(setting.name, setting.default)


def _is_repeated(setting: Setting, origins: Mapping[str, Origin]) -> bool:
    if setting.name in _FILE:
        return any(origins.get(name) is Origin.FILE for name in ("token", "other_token"))
    return setting.repeated and not setting.secret


def _words(setting: Setting, value: Any) -> list[str]:
    if setting.kind is bool:
        return [setting.flag]
    values = value if setting.multiple else (setting.shown(value),)
    return [word for one in values for word in (setting.flag, shlex.quote(one))]
