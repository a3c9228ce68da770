"""Waivers: failures that their owner knows of, with a reason and, best, an end.

A waiver marks an outcome and changes none. It spares the exit code while it is in force
and the failure is the one that it speaks of.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date

    from conformance.model.evidence import Evidence


class State(StrEnum):
    """What a waiver came to in one run."""

    APPLIED = "applied"
    EXPIRED = "expired"
    #: Every case of the requirement was run, and it does not fail.
    STALE = "stale"
    #: The requirement fails, but not in the way that the waiver's `match` names.
    UNMATCHED = "unmatched"
    #: No profile has such a requirement.
    UNKNOWN = "unknown"
    #: This run did not judge the requirement, or not whole: nothing can be said.
    UNJUDGED = "unjudged"

    @property
    def needs_care(self) -> bool:
        """Whether the owner should change the waiver: what `--strict-waivers` fails for."""
        return self not in {State.APPLIED, State.UNJUDGED}


@dataclass(frozen=True)
class Waiver:
    """One `[[waivers]]` table.

    `expires` is the last day (UTC) on which it is in force; `match` a text that each
    failure must hold, in its "expected …, but …" line, for the waiver to speak of it.
    """

    requirement: str
    reason: str
    issue: str = ""
    owner: str = ""
    expires: date | None = None
    match: str = ""

    def expired(self, today: date) -> bool:
        """Say whether its last day is over."""
        return self.expires is not None and today > self.expires

    def speaks_of(self, proof: Evidence) -> bool:
        """Say whether a failure is the one that is waived."""
        return self.match in f"expected {proof.expected}, but {proof.actual}"

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able form, the day as ISO 8601 writes it."""
        return {**asdict(self), "expires": self.expires and self.expires.isoformat()}


@dataclass(frozen=True)
class WaiverUse:
    """A waiver and what it came to."""

    waiver: Waiver
    state: State
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able form for `report.json`."""
        return {**self.waiver.as_dict(), "state": self.state.value, "note": self.note}
