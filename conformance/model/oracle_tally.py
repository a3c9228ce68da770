"""What the oracles of every process of a run counted, and found after the last case."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.model.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class OracleTally:
    """The counts of each oracle by its name, and the findings that belong to no running case."""

    counts: dict[str, dict[str, Any]] = field(default_factory=dict)
    findings: list[Evidence] = field(default_factory=list)

    def add(self, process: Mapping[str, Any]) -> None:
        """Add the results of one process: its `counts`, and its `findings` as data."""
        for row in process.get("counts", ()):
            kept = self.counts.setdefault(row["name"], {**row, "judged": 0, "found": 0})
            kept["judged"] += row["judged"]
            kept["found"] += row["found"]
        self.findings += [Evidence(**proof) for proof in process.get("findings", ())]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The counts, one row for each oracle."""
        return list(self.counts.values())
