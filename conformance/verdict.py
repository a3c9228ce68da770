"""Outcomes and the one verdict that every report, badge and exit code goes by.

What a case raises about the server:

    Finding (base)
    ├── Violation        the server broke the requirement
    ├── Blocked          the case proves nothing: something it builds on is not there
    └── NotApplicable    this target cannot have what the requirement speaks of

The other tree, for mistakes of the kit or its user, is `conformance.problem`.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from conformance.problem import KitFault
from conformance.requirement import Level, Proof, capability_flag

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from conformance.exchange import Exchange
    from conformance.requirement import Catalogue, Requirement
    from conformance.waiver import Waiver, WaiverUse


#: A question to one answer that a script can ask again: `{"statuses": [[low, high], ...]}`,
#: or `{"member": [name, ...], "schema": {...}}` with const, enum, type, required or minLength.
Check = dict[str, Any]


class Finding(Exception):
    """What a case has to say about the server."""


class Violation(Finding):
    """The server broke a requirement: what was expected, what came, the exchange that shows it."""

    def __init__(
        self,
        expected: str,
        actual: str,
        exchange: Exchange | None = None,
        requirement: str | None = None,
        check: Check | None = None,
    ) -> None:
        """`requirement` is that of the running case unless given; `check` asks it again."""
        super().__init__(f"expected {expected}, but {actual}")
        self.expected = expected
        self.actual = actual
        self.exchange = exchange
        self.requirement = requirement
        self.check = check


class Blocked(Finding):
    """The case could not be judged; names a broken requirement, a capability or a limit.

    Exactly one of `violation` (of the requirement that blocks), `capability` and
    `limit` (a bound of the run, with the flag that widens it) must be given.
    """

    def __init__(
        self,
        *,
        violation: Violation | None = None,
        capability: str | None = None,
        limit: str | None = None,
        seen: str = "",
    ) -> None:
        """Raise `KitFault` when nothing or an anonymous violation is named.

        `seen` says what was seen nevertheless, where a capability is missing.
        """
        if sum(cause is not None for cause in (violation, capability, limit)) != 1:
            raise KitFault("a blocked case must name exactly one cause")
        if violation is not None and violation.requirement is None:
            raise KitFault("a blocked case must name the requirement that blocks it")
        self.violation = violation
        self.capability = capability
        self.limit = limit
        self.seen = seen
        super().__init__(self.reason)

    @property
    def reason(self) -> str:
        """Why the requirement is not verified."""
        if self.violation is not None:
            return f"blocked by {self.violation.requirement}: {self.violation}"
        if self.capability is not None:
            needed = f"needs {self.capability}: pass {capability_flag(self.capability)}"
            return f"{self.seen}: {needed}" if self.seen else needed
        return str(self.limit)


class NotApplicable(Finding):
    """This target cannot have what the requirement speaks of."""


@contextmanager
def precondition(requirement: str) -> Iterator[None]:
    """Turn a violation inside into `Blocked`, by the requirement that did not hold."""
    try:
        yield
    except Violation as violation:
        violation.requirement = violation.requirement or requirement
        raise Blocked(violation=violation) from violation


def selected_by(selection: str) -> str:
    """Return what selected the cases as it is written: a bare expression is that of `-k`."""
    return selection if selection.startswith(("-", "the ")) else f"-k {selection!r}"


class Outcome(StrEnum):
    """The outcome of a requirement, or of one case of it."""

    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warned"
    NOT_VERIFIED = "not-verified"
    NOT_APPLICABLE = "not-applicable"
    INFORMATIVE = "informative"


class Verdict(StrEnum):
    """What the whole run says of the target."""

    CONFORMANT = "conformant"
    PARTIAL = "partial"
    NONCONFORMANT = "nonconformant"
    UNTESTABLE = "untestable"


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

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able form that `from_dict` reads back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> CaseRecord:
        """Read the form that `as_dict` gives."""
        evidence = [Evidence(**row) for row in data.pop("evidence")]
        return cls(**{**data, "outcome": Outcome(data["outcome"]), "evidence": evidence})


@dataclass
class RequirementResult:
    """The outcome of one requirement with all that speaks for it."""

    requirement: Requirement
    outcome: Outcome
    reason: str = ""
    cases: list[CaseRecord] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    waiver: Waiver | None = None


@dataclass
class Run:
    """Everything one run found, from which all reports are written.

    `selection` is the expression that left cases out, `incomplete` why the run ended
    early, `untestable` why nothing could be tested at all, `settings` the name, shown
    value and origin of each setting; `started` is in seconds since the epoch.
    """

    profile: str
    catalogue: Catalogue
    cases: list[CaseRecord]
    target: dict[str, Any] = field(default_factory=dict)
    strict: bool = False
    duration_s: float = 0.0
    incomplete: str = ""
    untestable: str = ""
    selection: str = ""
    leftovers: list[str] = field(default_factory=list)
    settings: list[dict[str, str]] = field(default_factory=list)
    started: float = 0.0
    effort: str = "standard"
    seed: int = 0
    waivers: list[WaiverUse] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Gather the cases under their requirements."""
        self.requirements = [self._result(row) for row in self.catalogue]

    def _result(self, row: Requirement) -> RequirementResult:
        cases = [case for case in self.cases if case.requirement == row.id]
        # Its own cases first: of equal proofs the first is kept, and it names what to run again.
        others = [case for case in self.cases if case.requirement != row.id]
        evidence = _distinct(
            proof
            for case in (*cases, *others)
            for proof in case.evidence
            if proof.requirement == row.id
        )
        outcome, reason = self._outcome(row, cases, evidence)
        return RequirementResult(row, outcome, reason, cases, evidence)

    def _outcome(
        self, row: Requirement, cases: list[CaseRecord], evidence: list[Evidence]
    ) -> tuple[Outcome, str]:
        if evidence:
            binding = row.level is Level.MUST or self.strict
            return (Outcome.FAILED if binding else Outcome.WARNED), evidence[0].actual
        if row.proof is Proof.INFORMATIVE:
            return Outcome.INFORMATIVE, row.reason
        for outcome in (Outcome.NOT_VERIFIED, Outcome.PASSED, Outcome.NOT_APPLICABLE):
            found = next((case for case in cases if case.outcome is outcome), None)
            if found is not None:
                return outcome, found.reason
        unselected = f"not selected by {selected_by(self.selection)}" if self.selection else ""
        reason = self.untestable or self.incomplete or unselected or "no case was run for it"
        return Outcome.NOT_VERIFIED, reason

    @property
    def faults(self) -> list[CaseRecord]:
        """Cases in which the kit itself went wrong."""
        return [case for case in self.cases if case.fault]

    @property
    def lifecycle(self) -> list[dict[str, Any]]:
        """The longest of the walks that cases are marked for: what the API does, step by step."""
        return max((case.lifecycle for case in self.cases), key=len, default=[])

    @property
    def failed(self) -> list[RequirementResult]:
        """The requirements that failed, waived or not."""
        return [result for result in self.requirements if result.outcome is Outcome.FAILED]

    @property
    def warned(self) -> list[RequirementResult]:
        """The SHOULD requirements that did not hold."""
        return [result for result in self.requirements if result.outcome is Outcome.WARNED]

    @property
    def unverified(self) -> list[RequirementResult]:
        """The requirements nothing can be said about."""
        return [result for result in self.requirements if result.outcome is Outcome.NOT_VERIFIED]

    @property
    def counts(self) -> dict[str, int]:
        """How many requirements came to each outcome."""
        return {
            outcome.value: sum(result.outcome is outcome for result in self.requirements)
            for outcome in Outcome
        }

    @property
    def verdict(self) -> Verdict:
        """The verdict: failures first, then whether the way to a media was ever walked."""
        if self.failed:
            return Verdict.NONCONFORMANT
        if self.untestable or self._never_achieved:
            return Verdict.UNTESTABLE
        unverified = any(result.requirement.level is Level.MUST for result in self.unverified)
        return Verdict.PARTIAL if unverified else Verdict.CONFORMANT

    @property
    def _never_achieved(self) -> bool:
        """Whether an anchor did not hold; one that `-k` left out says nothing."""
        anchors = [row for row in self.requirements if row.requirement.id in self.catalogue.anchors]
        if self.selection:
            anchors = [row for row in anchors if row.cases]
        return any(row.outcome is not Outcome.PASSED for row in anchors)

    def exit_code(
        self,
        *,
        require_verified: bool = False,
        strict_waivers: bool = False,
        known: Collection[str] | None = None,
    ) -> int:
        """Return the exit code that DESIGN promises for this run.

        `known` names the requirements that a baseline saw broken: with one, only
        failures beyond it fail the run.
        """
        if self.faults:
            return KitFault.exit_code
        failing = [row for row in self.failed if not row.waiver]
        if any(row.requirement.id not in (known or ()) for row in failing):
            return 1
        if not self.failed and self.verdict is Verdict.UNTESTABLE:
            return 3
        if strict_waivers and any(use.state.needs_care for use in self.waivers):
            return 1
        unverified = any(row.requirement.level is Level.MUST for row in self.unverified)
        return 5 if require_verified and unverified else 0


def _distinct(evidence: Iterable[Evidence]) -> list[Evidence]:
    kept: dict[tuple[str, str, str], Evidence] = {}
    for proof in evidence:
        kept.setdefault(proof.key(), proof)
    return list(kept.values())
