"""Every setting once: its flag, its variable, its key in the file, its type and its help.

The command line, the pytest options and the environment are all made from this table,
so they cannot drift apart. Precedence: flags, then environment, then file, then default.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.problem import UsageProblem
from conformance.target import Limits, Target, parsed_network, parsed_resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

EFFORTS = ("quick", "standard", "thorough")


@dataclass(frozen=True)
class Setting:
    """One setting. `pytest` says whether it is an option of the pytest plugin too."""

    name: str
    help: str
    kind: type = str
    default: Any = None
    multiple: bool = False
    choices: tuple[str, ...] = ()
    pytest: bool = True

    @property
    def flag(self) -> str:
        """The flag on the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment variable."""
        return "CONFORMANCE_" + self.name.upper()

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

    def words(self, value: Any) -> list[str]:
        """Write the value as the words of a command line."""
        if self.kind is bool:
            return [self.flag] if value else []
        values = value if self.multiple else (value,)
        return [word for one in values for word in (self.flag, str(one))]

    def text(self, value: Any) -> str:
        """Write the value as its environment variable holds it."""
        if self.multiple:
            return " ".join(value)
        return str(int(value)) if self.kind is bool else str(value)


SETTINGS: tuple[Setting, ...] = (
    Setting("base_url", "Where the server is, with any path prefix."),
    Setting("token", "Bearer token of the caller (better: CONFORMANCE_TOKEN)."),
    Setting("other_token", "Bearer token of a second caller (CONFORMANCE_OTHER_TOKEN)."),
    Setting("s3_endpoint", "S3 endpoint of the bucket, unless it is AWS."),
    Setting("s3_bucket", "Bucket the uploads land in; credentials: the AWS_* variables."),
    Setting("short_lived_url", "A second instance whose uploads live a few seconds."),
    Setting("max_wait", "Seconds to wait for an announced expiry.", float, 0.0),
    Setting("capability", "An optional part the owner claims, e.g. posts.", multiple=True),
    Setting("storage_resolve", "HOST=ADDR: where a storage host really is.", multiple=True),
    Setting("allow_network", "CIDR that upload URLs may point into.", multiple=True),
    Setting("connect_timeout", "Seconds to connect.", float, Limits.connect),
    Setting("read_timeout", "Seconds between two reads.", float, Limits.read),
    Setting("request_timeout", "Seconds for a whole request.", float, Limits.whole),
    Setting("max_response_bytes", "Bytes read of an answer.", int, Limits.response_bytes),
    Setting("retry_after", "Seconds that 429 and 503 may cost.", float, Limits.retry_after),
    Setting("effort", "How hard to search.", choices=EFFORTS, default="standard"),
    Setting("strict", "Let a failed SHOULD fail the run.", bool, default=False),
    Setting("seed", "Seed of every random choice.", int, 0),
    Setting(
        "require_verified", "Exit 5 when a MUST is unverified.", bool, default=False, pytest=False
    ),
    Setting(
        "strict_waivers", "Exit 1 for a waiver that is expired, stale or unknown.",
        bool, default=False, pytest=False,
    ),
    Setting("baseline", "An earlier report.json: exit 1 only on a regression.", pytest=False),
    Setting("workers", "Processes to spread the cases over.", int, 1, pytest=False),
    Setting("report_dir", "Folder for the reports.", default="conformance-report", pytest=False),
)  # fmt: skip

BY_NAME: Mapping[str, Setting] = {setting.name: setting for setting in SETTINGS}


Layer = Callable[[Setting], Any]


def resolved(*layers: Layer) -> dict[str, Any]:
    """Return every setting: what the first layer that knows it says, else its default."""
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        given = (layer(setting) for layer in layers)
        default = () if setting.multiple else setting.default
        values[setting.name] = next((value for value in given if value not in _UNSET), default)
    return values


_UNSET: tuple[Any, ...] = (None, (), [], "")


def environment(variables: Mapping[str, str] = os.environ) -> Layer:
    """Return the layer of the environment variables."""
    return lambda setting: (
        setting.parse(variables[setting.variable]) if variables.get(setting.variable) else None
    )


def exported(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the environment that hands the settings on to pytest and its workers."""
    return {
        BY_NAME[name].variable: BY_NAME[name].text(value)
        for name, value in values.items()
        if name in BY_NAME and value not in (None, (), "")
    }


def target(profile: str, values: Mapping[str, Any]) -> Target:
    """Build the target that the settings describe; raise `UsageProblem` for what does not fit."""
    if not values["base_url"]:
        raise UsageProblem("no target: pass --base-url URL, --reference or --start CMD")
    limits = Limits(
        values["connect_timeout"],
        values["read_timeout"],
        values["request_timeout"],
        values["max_response_bytes"],
        values["retry_after"],
    )
    for name in ("connect_timeout", "read_timeout", "request_timeout", "max_response_bytes"):
        if not 0 < values[name] < math.inf:
            raise UsageProblem(f"{BY_NAME[name].flag} must be greater than 0")
    for name in ("max_wait", "retry_after"):
        if not 0 <= values[name] < math.inf:
            raise UsageProblem(f"{BY_NAME[name].flag} must not be less than 0")
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
