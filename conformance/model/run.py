"""A run: the outcome of each requirement, and the verdict for reports and exit codes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from conformance.model.evidence import CaseRecord, Cause, Evidence, Outcome
from conformance.model.oracle_tally import OracleTally
from conformance.model.requirement import GATE, Proof
from conformance.model.timing import Timing
from conformance.problem import ExitCode

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from conformance.model.requirement import Catalogue, Requirement
    from conformance.model.shard import Shard
    from conformance.model.traffic import Traffic
    from conformance.model.waiver import Waiver, WaiverUse


def selected_by(selection: str) -> str:
    """Return how the cases were selected; a bare expression belongs to `-k`."""
    return selection if selection.startswith(("-", "the ")) else f"-k {selection!r}"


#: Why a run is incomplete that its user interrupted; other texts are a bound, or the target.
INTERRUPTED = "interrupted"


class Verdict(StrEnum):
    """The verdict of the whole run on the target."""

    CONFORMANT = "conformant"
    PARTIAL = "partial"
    NONCONFORMANT = "nonconformant"
    UNTESTABLE = "untestable"


@dataclass
class RequirementResult:
    """The outcome of one requirement, with its cases and its evidence."""

    requirement: Requirement
    outcome: Outcome
    reason: str = ""
    cases: list[CaseRecord] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    waiver: Waiver | None = None
    cause: Cause | None = None


@dataclass
class Run:
    """Everything that one run found; all reports are written from it.

    `selection` is the expression that selected cases, `incomplete` the reason why the run
    ended early, `untestable` the reason why nothing could be tested. `dead_worker` says that a
    process of the run died. `leftovers` names what could not be removed, `left_behind` counts
    what no operation can delete, `made` all uploads, posts, media and bytes. `settings` holds
    the name, shown value and origin of each setting, `build` names what was judged; `started` is
    in seconds since the epoch. `oracles` is what the oracles counted and what they found after the
    last case. `timing` says where the time went. `traffic` is given where others sent the
    requests, and no case did.
    """

    profile: str
    catalogue: Catalogue
    cases: list[CaseRecord]
    target: dict[str, Any] = field(default_factory=dict)
    #: What reports must not show in addition to the secrets of the target, such as a renewed token.
    secrets: list[str] = field(default_factory=list, repr=False)
    strict: bool = False
    duration_s: float = 0.0
    incomplete: str = ""
    untestable: str = ""
    selection: str = ""
    leftovers: list[str] = field(default_factory=list)
    left_behind: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)
    dead_worker: str = ""
    settings: list[dict[str, str]] = field(default_factory=list)
    build: str = ""
    started: float = 0.0
    effort: str = "standard"
    seed: int = 0
    waivers: list[WaiverUse] = field(default_factory=list)
    oracles: OracleTally = field(default_factory=OracleTally)
    timing: Timing = field(default_factory=Timing)
    traffic: Traffic | None = None
    #: The figures of `conformance load`; empty elsewhere.
    load: dict[str, Any] = field(default_factory=dict)
    #: Which part of a whole run it is; a whole run has None.
    shard: Shard | None = None
    #: The runs that were merged into this one, each as a row of the report.
    merged: list[dict[str, Any]] = field(default_factory=list)
    #: What a report keeps of earlier runs, the oldest first.
    history: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Group the cases by their requirements."""
        self.requirements = [self._result(row) for row in self.catalogue]

    def _result(self, row: Requirement) -> RequirementResult:
        cases = [case for case in self.cases if case.requirement == row.id]
        # Its own cases come first: the first of equal proofs is kept, and names the case to rerun.
        others = [case for case in self.cases if case.requirement != row.id]
        evidence = _distinct(
            proof
            for found in (*(case.evidence for case in (*cases, *others)), self.oracles.findings)
            for proof in found
            if proof.requirement == row.id
        )
        outcome, reason, cause = self._outcome(row, cases, evidence)
        return RequirementResult(row, outcome, reason, cases, evidence, cause=cause)

    def _outcome(
        self, row: Requirement, cases: list[CaseRecord], evidence: list[Evidence]
    ) -> tuple[Outcome, str, Cause | None]:
        if evidence:
            binding = row.binds(strict=self.strict)
            return (Outcome.FAILED if binding else Outcome.WARNED), evidence[0].actual, None
        if row.proof is Proof.GATE:
            cases = [case for case in cases if not _lacks_the_gate(case)]
        if row.proof is Proof.INFORMATIVE or (row.proof is Proof.GATE and not cases):
            return Outcome.INFORMATIVE, row.reason, None
        if self.traffic is not None and not self.untestable:
            return self.traffic.outcome(row)
        for outcome in (Outcome.NOT_VERIFIED, Outcome.PASSED, Outcome.NOT_APPLICABLE):
            found = next((case for case in cases if case.outcome is outcome), None)
            if found is not None:
                return outcome, found.reason, found.cause
        reason = self.untestable or self.incomplete or self._unselected or "no case was run for it"
        return Outcome.NOT_VERIFIED, reason, None

    @property
    def _unselected(self) -> str:
        """Why a requirement may have no case; empty where every case was selected."""
        if self.shard is not None:
            return f"not exercised in shard {self.shard.words}: its cases run in other shards"
        return f"not selected by {selected_by(self.selection)}" if self.selection else ""

    @property
    def faults(self) -> list[CaseRecord]:
        """Cases in which the kit itself failed."""
        return [case for case in self.cases if case.fault]

    @property
    def lifecycle(self) -> list[dict[str, Any]]:
        """The exchanges of the longest case that is marked `lifecycle`, or the first of traffic."""
        if self.traffic is not None:
            return list(self.traffic.first)
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
        """The requirements that could not be verified."""
        return [result for result in self.requirements if result.outcome is Outcome.NOT_VERIFIED]

    @property
    def counts(self) -> dict[str, int]:
        """How many requirements have each outcome."""
        return {
            outcome.value: sum(result.outcome is outcome for result in self.requirements)
            for outcome in Outcome
        }

    @property
    def verdict(self) -> Verdict:
        """The verdict: failures first, then whether any upload succeeded at all."""
        if self.failed:
            return Verdict.NONCONFORMANT
        if self.untestable or (self.traffic is None and self._never_achieved):
            return Verdict.UNTESTABLE
        unverified = any(result.requirement.binds() for result in self.unverified)
        return Verdict.PARTIAL if unverified else Verdict.CONFORMANT

    @property
    def _never_achieved(self) -> bool:
        """Whether an anchor was never achieved; anchors that were not selected do not count.

        Of a run that only reads, whether nothing was shown at all.
        """
        if self.target.get("read_only"):  # then nothing is uploaded, and what is read counts
            return not any(row.outcome is Outcome.PASSED for row in self.requirements)
        anchors = [row for row in self.requirements if row.requirement.id in self.catalogue.anchors]
        if self.selection:
            anchors = [row for row in anchors if row.cases]
        return not all(_achieved(row) for row in anchors)

    def exit_code(
        self,
        *,
        require_verified: bool = False,
        strict_waivers: bool = False,
        known: Collection[str] | None = None,
    ) -> ExitCode:
        """Return the exit code of the run.

        A fault of the kit in one case never hides that another case saw a MUST broken.
        `known` names the requirements that the baseline saw broken, if there is a baseline:
        then only other failures fail the run.
        """
        failing = [
            row for row in self.failed if not row.waiver and row.requirement.id not in (known or ())
        ]
        if any(row.requirement.binds() for row in failing):
            return ExitCode.FAILED
        if self.faults or self.dead_worker:
            return ExitCode.KIT_FAULT
        if failing:
            return ExitCode.FAILED
        untestable = not self.failed and self.verdict is Verdict.UNTESTABLE
        if untestable or self.incomplete:
            return ExitCode.UNTESTABLE
        if strict_waivers and any(use.state.needs_care for use in self.waivers):
            return ExitCode.FAILED
        # What other shards verify is theirs.
        own = [row for row in self.unverified if row.cases or self.shard is None]
        unverified = any(row.requirement.binds() for row in own)
        return ExitCode.UNVERIFIED if require_verified and unverified else ExitCode.OK


def _achieved(row: RequirementResult) -> bool:
    """Whether a case of a row passed: a limit of the server may stop later ones."""
    return any(case.outcome is Outcome.PASSED for case in row.cases)


def _lacks_the_gate(case: CaseRecord) -> bool:
    return case.cause is not None and case.cause.needs == GATE


def _distinct(evidence: Iterable[Evidence]) -> list[Evidence]:
    kept: dict[tuple[str, str, str], Evidence] = {}
    for proof in evidence:
        kept.setdefault(proof.key(), proof)
    return list(kept.values())
