"""The record of one case, and the evidence of each broken requirement."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

#: A check of one answer that a script can repeat: `{"statuses": [[low, high], ...]}`,
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
    """Why a requirement is not verified: exactly one of the first three.

    `blocked_by` is the id of a requirement that did not hold, `needs` a missing capability,
    `limit` a limit of the run in words. `seen` is what the case saw nevertheless.
    """

    blocked_by: str | None = None
    needs: str | None = None
    limit: str | None = None
    seen: str = ""


@dataclass(frozen=True)
class Repeated:
    """How often a case ran in all, and in how many of these runs it failed."""

    runs: int
    failed: int


@dataclass
class Evidence:
    """One proof of a broken requirement, redacted and JSON-able.

    `transcript` holds the exchanges that lead to the failing one, in their order. `check`
    repeats the judgement on the last answer; it is None if only the case or a human can judge.
    `aside` says that it was seen while data for other cases was prepared, `crowded` that the
    answer also held data of other cases: then the case alone may not show it again.
    `repeated` counts the runs of the case, if it ran again. `oracle` names the oracle that saw
    it, `against` is the earlier exchange that the failing one contradicts. `server_log` holds the
    lines that the server wrote while the exchange was open, if the run started it.
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
    repeated: Repeated | None = None
    oracle: str = ""
    against: dict[str, Any] | None = None
    server_log: list[str] = field(default_factory=list)

    def key(self) -> tuple[str, str, str]:
        """Return a key that is equal for repeated evidence of one mismatch."""
        return self.requirement, self.expected, self.actual


@dataclass
class CaseRecord:
    """The record of one case; its evidence may also concern other requirements.

    `part` is the part of the suite that the case belongs to: `cases`, `machine` or
    `schemathesis`. `lifecycle` holds the exchanges of a case that is marked `lifecycle`.
    `made` counts what it made itself: uploads, posts, media and bytes.
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
    repeated: Repeated | None = None
    made: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able form that `from_dict` reads back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> CaseRecord:
        """Read the result of `as_dict`."""
        evidence = [
            Evidence(**{**row, "repeated": _repeated(row["repeated"])}) for row in data["evidence"]
        ]
        members = {
            "outcome": Outcome(data["outcome"]),
            "evidence": evidence,
            "cause": data["cause"] and Cause(**data["cause"]),
            "repeated": _repeated(data["repeated"]),
        }
        return cls(**{**data, **members})


def _repeated(data: dict[str, int] | None) -> Repeated | None:
    return Repeated(**data) if data else None
