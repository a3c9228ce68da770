"""Traffic that others sent: where it came from, and which requirements it exercised."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.model.evidence import Cause, Outcome
from conformance.model.requirement import Proof

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.model.requirement import Catalogue, Requirement

#: Why a requirement is not verified if no exchange of the traffic was about it.
NOT_EXERCISED = "not exercised by this traffic"


@dataclass(frozen=True)
class Traffic:
    """What was seen of traffic that no case sent.

    Args:
        source: `watch` for a proxy, `recording` for a file, `load` for users of the kit.
        command: The command that judges such traffic again.
        exchanges: How many exchanges were judged.
        others: How many were not, since they are not operations of the API.
        operations: How many exchanges there were of each operation.
        callers: The names of the callers whose tokens were seen.
        storage_seen: Whether the requests to the storage were seen too.
        exercised: How often each requirement was judged.
        hidden: Why a requirement could not be judged, where that is known.
        first: The records of its first exchanges.
    """

    source: str
    command: str
    exchanges: int = 0
    others: int = 0
    operations: Mapping[str, int] = field(default_factory=dict)
    callers: tuple[str, ...] = ()
    storage_seen: bool = False
    exercised: Mapping[str, int] = field(default_factory=dict)
    hidden: Mapping[str, Cause] = field(default_factory=dict)
    first: tuple[dict[str, Any], ...] = ()

    def outcome(self, row: Requirement) -> tuple[Outcome, str, Cause | None]:
        """Return the outcome, reason and cause of a requirement against which nothing was found."""
        if self.exercised.get(row.id):
            return Outcome.PASSED, "", None
        cause = self.hidden.get(row.id) or Cause(limit=NOT_EXERCISED)
        return Outcome.NOT_VERIFIED, cause.limit or NOT_EXERCISED, cause

    def as_dict(self, catalogue: Catalogue, broken: Iterable[str]) -> dict[str, Any]:
        """Return a JSON-able form for `report.json`.

        Args:
            catalogue: All requirements.
            broken: The ids of those against which something was found.
        """
        touched = {name for name, times in self.exercised.items() if times} | set(broken)
        provable = [row.id for row in catalogue if row.proof is Proof.CASE]
        return {
            "source": self.source,
            "coverage": {
                "exercised": sum(name in touched for name in provable),
                "provable": len(provable),
            },
            "exchanges": self.exchanges,
            "others": self.others,
            "operations": dict(self.operations),
            "callers": list(self.callers),
            "storage_seen": self.storage_seen,
        }
