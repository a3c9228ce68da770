"""Waivers: known failures, each with a reason and, ideally, a last day.

A waiver marks an outcome and never changes it. While it is in force and covers the failure,
the failure does not change the exit code.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.model.evidence import Evidence


class WaiverState(StrEnum):
    """The state of a waiver in one run."""

    APPLIED = "applied"
    EXPIRED = "expired"
    #: Every case of the requirement was run, and it does not fail.
    STALE = "stale"
    #: The requirement fails, but not in the way that the waiver's `match` describes.
    UNMATCHED = "unmatched"
    #: No profile has this requirement.
    UNKNOWN = "unknown"
    #: This run did not run every case of the requirement, so it cannot decide.
    UNJUDGED = "unjudged"

    @property
    def needs_care(self) -> bool:
        """Whether the owner should change the waiver, so that `--strict-waivers` fails."""
        return self not in {WaiverState.APPLIED, WaiverState.UNJUDGED}


@dataclass(frozen=True)
class Waiver:
    """One `[[waivers]]` table.

    `expires` is the last day (UTC) on which it is in force. `match` limits it to failures
    whose "expected …, but …" line contains this text.
    """

    requirement: str
    reason: str
    issue: str = ""
    owner: str = ""
    expires: date | None = None
    match: str = ""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read the result of `as_dict`; raise `ValueError` for a day that is not one."""
        last = date.fromisoformat(data["expires"]) if data["expires"] else None
        return cls(
            requirement=data["requirement"],
            reason=data["reason"],
            issue=data["issue"],
            owner=data["owner"],
            expires=last,
            match=data["match"],
        )

    def expired(self, today: date) -> bool:
        """Return whether its last day is over."""
        return self.expires is not None and today > self.expires

    def covers(self, proof: Evidence) -> bool:
        """Return whether the waiver covers a failure."""
        return self.match in f"expected {proof.expected}, but {proof.actual}"

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able form, the day as ISO 8601 writes it."""
        return {**asdict(self), "expires": self.expires and self.expires.isoformat()}


@dataclass(frozen=True)
class WaiverUse:
    """A waiver and its state in one run."""

    waiver: Waiver
    state: WaiverState
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able form for `report.json`."""
        return {**self.waiver.as_dict(), "state": self.state.value, "note": self.note}
