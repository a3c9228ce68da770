"""The request for a run: everything that the user asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.model.profile import Profile
from conformance.model.shard import Shard
from conformance.model.waiver import Waiver
from conformance.problem import UsageProblem
from conformance.settings.file import token_commands
from conformance.settings.layers import Origin
from conformance.settings.rerun import Rerun

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.settings.layers import Chosen


@dataclass(frozen=True)
class RunRequest:
    """A request for a run: the profile, the settings, and where the target comes from.

    `deviations` names faults and variants of the reference server (`conformance selftest`),
    `mutants` a file of mutants for it, `tokens_from` a file of tokens that it accepts besides,
    `cases` the only cases to run, by the ids of a report (`conformance replay`);
    `origins` says where each value comes from.
    """

    profile: str
    values: dict[str, Any]
    reference: bool = False
    deviations: tuple[str, ...] = ()
    start: str | None = None
    expression: str | None = None
    origins: Mapping[str, Origin] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    cases: tuple[str, ...] = ()
    mutants: str = ""
    tokens_from: str = ""

    @classmethod
    def of(
        cls, profile: str, given: Mapping[str, Chosen], waivers: tuple[Waiver, ...] = ()
    ) -> RunRequest:
        """Build the request from the settings.

        Raises `UsageProblem` for an unknown profile or version of its catalogue, for a shard that
        is not one, or for more than one target in the same layer of settings.
        """
        values = {name: one.value for name, one in given.items()} | token_commands(given)
        Profile.load(profile).catalogue.pinned_to(values["as_of"])
        Shard.of_settings(values)
        if sum(bool(values[name]) for name in ("base_url", "reference", "start")) > 1:
            raise UsageProblem("pass only one of --base-url, --reference and --start")
        return cls(
            profile,
            values,
            reference=values["reference"],
            start=values["start"],
            expression=values["k"],
            origins={name: one.origin for name, one in given.items()},
            waivers=waivers,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return everything that `of` can build, in a JSON-able form; it holds the tokens."""
        return {
            "profile": self.profile,
            "values": self.values,
            "reference": self.reference,
            "start": self.start,
            "expression": self.expression,
            "origins": dict(self.origins),
            "waivers": [waiver.as_dict() for waiver in self.waivers],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RunRequest:
        """Read the result of `as_dict`."""
        values = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in data["values"].items()
        }
        members = {
            "values": values,
            "origins": {name: Origin(value) for name, value in data["origins"].items()},
            "waivers": tuple(map(Waiver.from_dict, data["waivers"])),
        }
        return cls(**{**data, **members})

    @property
    def rerun(self) -> Rerun:
        """The settings that repeat the run."""
        values = {**self.values, "reference": self.reference, "start": self.start}
        return Rerun.of(self.profile, values, self.origins)
