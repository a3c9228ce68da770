"""What the oracles of every process of a run counted, and found after the last case."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.model.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass
class OracleTally:
    """The counts of each oracle by its name, and the findings that belong to no running case.

    `kinds` are the oracle and the requirement of each finding, also of those of cases.
    """

    counts: dict[str, dict[str, Any]] = field(default_factory=dict)
    findings: list[Evidence] = field(default_factory=list)
    kinds: set[tuple[str, str]] = field(default_factory=set)

    def add(self, process: Mapping[str, Any]) -> None:
        """Add the results of one process: its `counts`, and its `findings` as data."""
        for row in process.get("counts", ()):
            kept = self.counts.setdefault(row["name"], {**row, "judged": 0, "found": 0})
            kept["judged"] += row["judged"]
            kept["found"] += row["found"]
        self.findings += [Evidence(**proof) for proof in process.get("findings", ())]
        self.kinds.update((oracle, row) for oracle, row in process.get("kinds", ()))

    def join(self, findings: list[Evidence], counts: Iterable[Mapping[str, Any]]) -> None:
        """Add what the streams of all processes show together.

        Args:
            findings: What no process found by itself.
            counts: How often the oracles judged the joined streams: each of these judgements
                holds those of the processes.
        """
        self.findings += findings
        for row in counts:
            kept = self.counts.setdefault(row["name"], {**row, "found": 0})
            kept["judged"] = max(kept["judged"], row["judged"])
            kept["found"] += sum(proof.oracle == row["name"] for proof in findings)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The counts, one row for each oracle."""
        return list(self.counts.values())
