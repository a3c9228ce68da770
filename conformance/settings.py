"""Every setting once: its flag, its variable, its key in the file, its type and its help.

The command line, the pytest options, the environment, the settings file and its schema are
all made from this table, so they cannot drift apart. Precedence: flags, then environment,
then file, then default.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from conformance.problem import UsageProblem, did_you_mean
from conformance.target import Limits, Target, parsed_network, parsed_resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

EFFORTS = ("quick", "standard", "thorough")


class Origin(StrEnum):
    """Who said what a setting is: the user, in order of precedence, or the kit."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"
    REFERENCE = "reference"
    START = "start"


@dataclass(frozen=True)
class Setting:
    """One setting.

    `pytest` says whether it is an option of the pytest plugin too, `file` whether it is a
    key of the settings file, `section` where `--help` shows it, `metavar` what it shows as
    the value. A number is `least` or more, or more than `above`.
    """

    name: str
    help: str
    kind: type = str
    default: Any = None
    multiple: bool = False
    choices: tuple[str, ...] = ()
    pytest: bool = True
    section: str = "Verdict"
    metavar: str | None = None
    secret: bool = False
    file: bool = True
    least: float | None = None
    above: float | None = None

    @property
    def flag(self) -> str:
        """The flag on the command line."""
        name = self.name.replace("_", "-")
        return f"--{name}" if len(name) > 1 else f"-{name}"

    @property
    def variable(self) -> str:
        """The environment variable."""
        return "CONFORMANCE_" + self.name.upper()

    @property
    def unset(self) -> Any:
        """The value when nobody gives one."""
        return () if self.multiple else self.default

    def parse(self, text: str) -> Any:
        """Read the value of an environment variable; raise `UsageProblem` when it does not fit."""
        if self.multiple:
            return tuple(text.replace(",", " ").split())
        if self.kind is bool:
            return _truth(text, self.variable)
        if self.choices and text not in self.choices:
            raise UsageProblem(f"{self.variable}={text!r}: choose one of {', '.join(self.choices)}")
        try:
            return self.kind(text)
        except ValueError:
            kind = "a whole number" if self.kind is int else "a number"
            raise UsageProblem(f"{self.variable}={text!r} is not {kind}") from None

    def text(self, value: Any) -> str:
        """Write the value as its environment variable holds it."""
        if self.multiple:
            return " ".join(value)
        return str(int(value)) if self.kind is bool else str(value)

    def shown(self, value: Any) -> str:
        """Write the value for a reader's eyes: of a secret, only that there is one."""
        if value in _UNSET:
            return ""
        if self.secret:
            return "[redacted]"
        if self.kind is bool:
            return "true" if value else "false"
        return f"{value:.10g}" if self.kind is float else self.text(value)

    def check(self, value: Any) -> None:
        """Raise `UsageProblem` for a number out of its bounds."""
        if self.above is not None and not self.above < value < math.inf:
            raise UsageProblem(f"{self.flag} must be greater than {self.above:g}")
        if self.least is not None and not self.least <= value < math.inf:
            raise UsageProblem(f"{self.flag} must not be less than {self.least:g}")


SETTINGS: tuple[Setting, ...] = (
    Setting("base_url", "Where the server is, with any path prefix.",
            section="Target", metavar="URL"),
    Setting("reference", "Test the kit's own reference server.", bool, default=False,
            section="Target", pytest=False),
    Setting("start", 'Start your server: "serve --port {port}".',
            section="Target", metavar="CMD", pytest=False),
    Setting("short_lived_url", "A twin whose uploads live a few seconds.",
            section="Target", metavar="URL"),
    Setting("capability", "An optional part you claim, e.g. posts.", multiple=True,
            section="Target", metavar="NAME"),
    Setting("config", "Settings file [conformance.toml]",
            section="Target", metavar="FILE", pytest=False, file=False),
    Setting("target", "Which [targets.NAME] of the file.",
            section="Target", metavar="NAME", pytest=False, file=False),
    Setting("token", "Caller's token; better CONFORMANCE_TOKEN.",
            section="Credentials", metavar="T", secret=True),
    Setting("other_token", "A second caller's token.",
            section="Credentials", metavar="T", secret=True),
    Setting("s3_endpoint", "S3 endpoint of the bucket, unless it is AWS.",
            section="Storage", metavar="URL"),
    Setting("s3_bucket", "Bucket of the uploads; keys: AWS_* variables.",
            section="Storage", metavar="B"),
    Setting("storage_resolve", "Where a storage host really is.", multiple=True,
            section="Storage", metavar="HOST=ADDR"),
    Setting("allow_network", "Network that upload URLs may point into.", multiple=True,
            section="Storage", metavar="CIDR"),
    Setting("effort", "quick, standard (the default) or thorough.", choices=EFFORTS,
            default="standard", section="Effort"),
    Setting("max_wait", "Wait so long for an announced expiry.", float, 0.0,
            section="Effort", metavar="SECONDS", least=0),
    Setting("seed", "Seed of every random choice.", int, 0, section="Effort", metavar="N"),
    Setting("workers", "Processes to spread the cases over.", int, 1,
            section="Effort", metavar="N", pytest=False, least=1),
    Setting("k", "Only the cases that match, as in pytest.",
            section="Effort", metavar="EXPR", pytest=False),
    Setting("connect_timeout", "Seconds to connect.", float, Limits.connect,
            section="Bounds", metavar="SECONDS", above=0),
    Setting("read_timeout", "Seconds between two reads.", float, Limits.read,
            section="Bounds", metavar="SECONDS", above=0),
    Setting("request_timeout", "Seconds for a whole request.", float, Limits.whole,
            section="Bounds", metavar="SECONDS", above=0),
    Setting("max_response_bytes", "Bytes read of an answer.", int, Limits.response_bytes,
            section="Bounds", metavar="BYTES", above=0),
    Setting("retry_after", "Seconds that 429 and 503 may cost.", float, Limits.retry_after,
            section="Bounds", metavar="SECONDS", least=0),
    Setting("strict", "Let a failed SHOULD fail the run.", bool, default=False),
    Setting("require_verified", "Exit 5 when a MUST is unverified.", bool, default=False,
            pytest=False),
    Setting("strict_waivers", "Exit 1 for a waiver that needs care.", bool, default=False,
            pytest=False),
    Setting("baseline", "Exit 1 only on a regression from this report.",
            metavar="FILE", pytest=False),
    Setting("report_dir", "Folder for the reports.", default="conformance-report",
            section="Output", metavar="DIR", pytest=False),
    Setting("verbose", "Show every requirement and every proof.", bool, default=False,
            section="Output", pytest=False),
)  # fmt: skip

BY_NAME: Mapping[str, Setting] = {setting.name: setting for setting in SETTINGS}

#: Settings of which one at most counts; the one given closest to the user, if several are.
RIVALS = (("base_url", "reference", "start"),)

Layer = Callable[[Setting], Any]


@dataclass(frozen=True)
class Given:
    """What a setting is, and who said so."""

    value: Any
    origin: Origin


def traced(layers: Mapping[Origin, Layer]) -> dict[str, Given]:
    """Return every setting with its origin: what the first layer that knows it says."""
    found: dict[str, Given] = {}
    for setting in SETTINGS:
        given = (Given(layer(setting), origin) for origin, layer in layers.items())
        default = Given(setting.unset, Origin.DEFAULT)
        found[setting.name] = next((one for one in given if one.value not in _UNSET), default)
    for rivals in RIVALS:
        _settle(found, rivals)
    return found


def _settle(found: dict[str, Given], rivals: tuple[str, ...]) -> None:
    """Forget the rivals that a closer layer overrides; those of one layer stay to be refused."""
    order = list(Origin)
    ranks = {name: order.index(found[name].origin) for name in rivals if found[name].value}
    for name, rank in ranks.items():
        if rank > min(ranks.values()):
            found[name] = Given(BY_NAME[name].unset, Origin.DEFAULT)


def resolved(*layers: Layer) -> dict[str, Any]:
    """Return every setting: what the first layer that knows it says, else its default."""
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        given = (layer(setting) for layer in layers)
        values[setting.name] = next((one for one in given if one not in _UNSET), setting.unset)
    return values


_UNSET: tuple[Any, ...] = (None, (), [], "")


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


def target(profile: str, values: Mapping[str, Any]) -> Target:
    """Build the target that the settings describe; raise `UsageProblem` for what does not fit."""
    if not values["base_url"]:
        raise UsageProblem("no target: pass --base-url URL, --reference or --start CMD")
    for setting in SETTINGS:
        setting.check(values[setting.name])
    limits = Limits(
        values["connect_timeout"],
        values["read_timeout"],
        values["request_timeout"],
        values["max_response_bytes"],
        values["retry_after"],
    )
    return Target(
        profile=profile,
        base_url=values["base_url"],
        token=values["token"] or "",
        other_token=values["other_token"] or None,
        short_lived_url=values["short_lived_url"] or None,
        s3_endpoint=values["s3_endpoint"] or None,
        s3_bucket=values["s3_bucket"] or None,
        max_wait=values["max_wait"],
        claimed=frozenset(values["capability"]),
        storage_resolve=dict(map(parsed_resolve, values["storage_resolve"])),
        allow_network=tuple(map(parsed_network, values["allow_network"])),
        limits=limits,
    )


def _truth(text: str, variable: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    try:
        return words[text.strip().lower()]
    except KeyError:
        raise UsageProblem(f"{variable}={text!r}: write 1 or 0") from None
