"""Collects everything the kit knows about one requirement."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from conformance.model.guidance import Guidance, load_guidance
from conformance.model.profile import profile_of, specs_folder
from conformance.model.requirement import capability_flag
from conformance.oracles.registry import oracles_of
from conformance.runner.collection import cases

if TYPE_CHECKING:
    from conformance.model.requirement import Requirement
    from conformance.oracles.registry import Oracle


@dataclass(frozen=True)
class Fault:
    """A fault of the reference server that breaks the requirement."""

    name: str
    sentence: str


@dataclass(frozen=True)
class Explanation:
    """A requirement with its guidance, what proves it, and the faults that break it.

    `faults` is None if the reference servers are not installed.
    """

    profile: str
    requirement: Requirement
    guidance: Guidance
    cases: tuple[str, ...]
    faults: tuple[Fault, ...] | None
    oracles: tuple[Oracle, ...] = ()

    @classmethod
    def of(cls, text: str) -> Explanation:
        """Collect everything about a requirement id, in upper or lower case.

        Raises:
            UsageProblem: No profile has this requirement.
        """
        wanted = text.strip().upper()
        profile = profile_of(wanted)
        row = profile.catalogue[wanted]
        guidance = load_guidance(specs_folder() / profile.name / "guidance.toml")
        proving = [node for requirement, node in cases(profile) if requirement == row.id]
        return cls(
            profile.name,
            row,
            guidance.get(row.id, Guidance()),
            tuple(proving),
            _faults(profile.name, row.id),
            tuple(one for one in oracles_of(profile.name) if row.id in one.requirements),
        )

    @property
    def provable(self) -> bool:
        """Whether a case can prove the requirement."""
        return self.requirement.has_cases

    @property
    def functions(self) -> dict[str, int]:
        """The test functions that prove it, each with its number of cases."""
        names = [node.rpartition("::")[2].partition("[")[0] for node in self.cases]
        return {name: names.count(name) for name in dict.fromkeys(names)}

    @property
    def needs(self) -> dict[str, str]:
        """The capabilities that the requirement needs, each with the flag that provides it."""
        return {name: capability_flag(name) for name in self.requirement.needs}

    def as_dict(self) -> dict[str, Any]:
        """Return the content of `conformance explain --json`."""
        row = asdict(self.requirement)
        guidance = asdict(self.guidance)
        faults = None if self.faults is None else [asdict(fault) for fault in self.faults]
        oracles = [{"name": one.name, "sentence": one.sentence} for one in self.oracles]
        return {
            "profile": self.profile,
            **row,
            **guidance,
            "cases": self.cases,
            "oracles": oracles,
            "faults": faults,
        }


def _faults(profile: str, requirement: str) -> tuple[Fault, ...] | None:
    try:
        from conformance.servers.reference import FAULTS
    except ImportError:
        return None
    broken = (fault for fault in FAULTS.get(profile, ()) if fault.requirement == requirement)
    return tuple(Fault(fault.name, fault.sentence) for fault in broken)
