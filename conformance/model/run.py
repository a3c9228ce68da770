"""Outcomes and the one verdict that every report, badge and exit code goes by.

What a case raises about the server:

    Finding (base)
    ├── Violation        the server broke the requirement
    ├── Blocked          the case proves nothing: something it builds on is not there
    └── NotApplicable    this target cannot have what the requirement speaks of

The other tree, for mistakes of the kit or its user, is `conformance.problem`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from conformance.model.evidence import CaseRecord, Cause, Evidence, Outcome
from conformance.model.requirement import Level, Proof
from conformance.problem import ExitCode

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from conformance.model.requirement import Catalogue, Requirement
    from conformance.model.waiver import Waiver, WaiverUse


def selected_by(selection: str) -> str:
    """Return what selected the cases as it is written: a bare expression is that of `-k`."""
    return selection if selection.startswith(("-", "the ")) else f"-k {selection!r}"


class Verdict(StrEnum):
    """What the whole run says of the target."""

    CONFORMANT = "conformant"
    PARTIAL = "partial"
    NONCONFORMANT = "nonconformant"
    UNTESTABLE = "untestable"


@dataclass
class RequirementResult:
    """The outcome of one requirement with all that speaks for it."""

    requirement: Requirement
    outcome: Outcome
    reason: str = ""
    cases: list[CaseRecord] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    waiver: Waiver | None = None
    cause: Cause | None = None


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
        outcome, reason, cause = self._outcome(row, cases, evidence)
        return RequirementResult(row, outcome, reason, cases, evidence, cause=cause)

    def _outcome(
        self, row: Requirement, cases: list[CaseRecord], evidence: list[Evidence]
    ) -> tuple[Outcome, str, Cause | None]:
        if evidence:
            binding = row.level is Level.MUST or self.strict
            return (Outcome.FAILED if binding else Outcome.WARNED), evidence[0].actual, None
        if row.proof is Proof.INFORMATIVE:
            return Outcome.INFORMATIVE, row.reason, None
        for outcome in (Outcome.NOT_VERIFIED, Outcome.PASSED, Outcome.NOT_APPLICABLE):
            found = next((case for case in cases if case.outcome is outcome), None)
            if found is not None:
                return outcome, found.reason, found.cause
        unselected = f"not selected by {selected_by(self.selection)}" if self.selection else ""
        reason = self.untestable or self.incomplete or unselected or "no case was run for it"
        return Outcome.NOT_VERIFIED, reason, None

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
    ) -> ExitCode:
        """Return the exit code that DESIGN promises for this run.

        `known` names the requirements that a baseline saw broken: with one, only
        failures beyond it fail the run.
        """
        if self.faults:
            return ExitCode.KIT_FAULT
        failing = [row for row in self.failed if not row.waiver]
        if any(row.requirement.id not in (known or ()) for row in failing):
            return ExitCode.FAILED
        if not self.failed and self.verdict is Verdict.UNTESTABLE:
            return ExitCode.UNTESTABLE
        if strict_waivers and any(use.state.needs_care for use in self.waivers):
            return ExitCode.FAILED
        unverified = any(row.requirement.level is Level.MUST for row in self.unverified)
        return ExitCode.UNVERIFIED if require_verified and unverified else ExitCode.OK


def _distinct(evidence: Iterable[Evidence]) -> list[Evidence]:
    kept: dict[tuple[str, str, str], Evidence] = {}
    for proof in evidence:
        kept.setdefault(proof.key(), proof)
    return list(kept.values())
