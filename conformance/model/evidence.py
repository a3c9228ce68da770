"""What one case came to, and the proof of each broken requirement."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

#: A question to one answer that a script can ask again: `{"statuses": [[low, high], ...]}`,
#: or `{"member": [name, ...], "schema": {...}}` with const, enum, type, required or minLength.
Check = dict[str, Any]


class Outcome(StrEnum):
    """The outcome of a requirement, or of one case of it."""

    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warned"
    NOT_VERIFIED = "not-verified"
    NOT_APPLICABLE = "not-applicable"
    INFORMATIVE = "informative"


@dataclass(frozen=True)
class Cause:
    """Why nothing can be said of a requirement: exactly one of the first three.

    `blocked_by` is the id of a requirement that did not hold, `needs` a capability that was
    not given, `limit` a bound of the run in words. `seen` is what was seen nevertheless.
    """

    blocked_by: str | None = None
    needs: str | None = None
    limit: str | None = None
    seen: str = ""


@dataclass
class Evidence:
    """One proof of a broken requirement, redacted and JSON-able.

    `transcript` holds the exchanges that lead to the one that shows it, in their order.
    `check` asks the last of them again; None where that takes a human, or the case.
    `aside` says that it was seen while something was prepared for other cases, so that
    the case alone may not show it; `crowded` that it was seen in an answer that also held
    what other cases had made, with the same effect.
    """

    requirement: str
    case: str
    expected: str
    actual: str
    exchange: dict[str, Any] | None = None
    steps: list[str] = field(default_factory=list)
    transcript: list[dict[str, Any]] = field(default_factory=list)
    check: Check | None = None
    aside: bool = False
    crowded: bool = False

    def key(self) -> tuple[str, str, str]:
        """Tell repeated findings of one mismatch apart from new ones."""
        return self.requirement, self.expected, self.actual


@dataclass
class CaseRecord:
    """What one case came to; `evidence` may also speak of other requirements.

    `part` is the part of the suite that the case belongs to: `cases`, `machine` or
    `schemathesis`.
    `lifecycle` holds the exchanges of a case that is marked as one whole walk.
    """

    case: str
    requirement: str
    outcome: Outcome
    reason: str = ""
    duration_s: float = 0.0
    evidence: list[Evidence] = field(default_factory=list)
    fault: str = ""
    requests: int = 0
    retries: int = 0
    part: str = "cases"
    lifecycle: list[dict[str, Any]] = field(default_factory=list)
    cause: Cause | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able form that `from_dict` reads back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> CaseRecord:
        """Read the form that `as_dict` gives."""
        evidence = [Evidence(**row) for row in data.pop("evidence")]
        cause = data["cause"] and Cause(**data["cause"])
        outcome = Outcome(data["outcome"])
        return cls(**{**data, "outcome": outcome, "evidence": evidence, "cause": cause})
