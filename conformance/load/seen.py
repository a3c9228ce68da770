"""What one process of a load saw, as it is counted and told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Seen:
    """What a process saw, besides what its harness knows.

    `exercised` counts the judgements of each requirement, `operations` the exchanges, `errors`
    those without an answer or with a server error, `stopped` why rounds could not go on. `callers`
    are those whose token was accepted. `fault` is how the kit itself failed, or empty.
    """

    rounds: int = 0
    members: int = 0
    exercised: Counter[str] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    stopped: Counter[str] = field(default_factory=Counter)
    callers: dict[str, None] = field(default_factory=dict)
    first: list[dict[str, Any]] = field(default_factory=list)
    fault: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        return {**vars(self), "callers": list(self.callers)}
