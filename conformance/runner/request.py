"""What the user asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.model.profile import Profile
from conformance.problem import UsageProblem
from conformance.settings.rerun import Rerun

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.model.waiver import Waiver
    from conformance.settings.layers import Given, Origin


@dataclass(frozen=True)
class RunRequest:
    """What the user asked for: the profile, the settings, and where the target comes from.

    `bends` names faults and variants of the reference server (`conformance selftest`),
    `mutants` a file of mutants for it,
    `cases` the only cases to run, by the ids of a report (`conformance replay`);
    `origins` says who gave each of the values.
    """

    profile: str
    values: dict[str, Any]
    reference: bool = False
    bends: tuple[str, ...] = ()
    mutants: str = ""
    start: str | None = None
    expression: str | None = None
    origins: Mapping[str, Origin] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    cases: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, profile: str, given: Mapping[str, Given], waivers: tuple[Waiver, ...] = ()
    ) -> RunRequest:
        """Build the request that the settings give; `UsageProblem` for an unknown profile.

        So is more than one target: those of several layers are settled before.
        """
        Profile.load(profile)
        values = {name: one.value for name, one in given.items()}
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

    @property
    def rerun(self) -> Rerun:
        """What asks for the same run again."""
        values = {**self.values, "reference": self.reference, "start": self.start}
        return Rerun.of(self.profile, values, self.origins)
