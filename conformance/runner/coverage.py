"""How many requirements a run could verify with the capabilities of a target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.model.requirement import capability_flag

if TYPE_CHECKING:
    from collections.abc import Collection

    from conformance.model.requirement import Catalogue


@dataclass(frozen=True)
class Coverage:
    """How many requirements can be verified.

    `further` counts what each flag, or the flags that are needed together, would add.
    """

    provable: int
    verified: int
    further: dict[str, int]

    @classmethod
    def of(cls, catalogue: Catalogue, capabilities: Collection[str]) -> Coverage:
        """Count the requirements that a case can prove, by the capabilities that they need."""
        rows = [row for row in catalogue if row.has_cases]
        missing = [tuple(need for need in row.needs if need not in capabilities) for row in rows]
        # A requirement that lacks two capabilities is verified only with both flags.
        flags = [" and ".join(map(capability_flag, needs)) for needs in missing if needs]
        return cls(
            len(rows),
            sum(not needs for needs in missing),
            {flag: flags.count(flag) for flag in dict.fromkeys(flags)},
        )
