"""Makes the record of a case, and adjusts pytest's report to the record."""

from __future__ import annotations

import traceback
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.judge.finding import Blocked, NotApplicable, Violation, finding_in
from conformance.model.evidence import CaseRecord, Evidence, Outcome
from conformance.model.requirement import Level
from conformance.problem import KitFault, Problem, TargetProblem
from conformance.reports import failure
from conformance.reports.document import described, remedies, with_replay
from conformance.reports.repeatable import is_resent
from conformance.settings.pytest_options import in_pytests_words
from conformance.suite.lanes import DURATION
from conformance.suite.marks import PARTS
from conformance.suite.xdist import attach, attach_problem, attach_status, attach_target

if TYPE_CHECKING:
    import pytest

    from conformance.harness.harness import Harness
    from conformance.model.evidence import Cause
    from conformance.model.redaction import Redactor
    from conformance.model.requirement import Requirement


#: The operation that stores the bytes of an upload.
_STORING = "put_object"
#: The end of a traceback that is kept: an exception may quote megabytes of a server.
_FAULT_CHARACTERS = 20_000


@dataclass(frozen=True)
class ReportingOptions:
    """How a session reports a case: whether a SHOULD fails it, and the command to replay."""

    strict: bool = False
    replay: str = ""


def record_case(
    item: pytest.Item,
    call: pytest.CallInfo[None],
    report: pytest.TestReport,
    requirement: str,
    *,
    harness: Harness,
    options: ReportingOptions,
) -> None:
    """Attach the record of a case to pytest's report, and adjust the report to it."""
    case = record(item, call, harness, requirement)
    attach(report, case)
    attach_target(report, harness.target.described())
    report.user_properties.append(("requirement", requirement))
    mark_pytest_report(report, case, harness, options)


def record_stop(
    item: pytest.Item,
    call: pytest.CallInfo[None],
    report: pytest.TestReport,
    requirement: str,
    target: dict[str, object],
) -> None:
    """Record that no case can run at all, and stop the session.

    `target` is what may be shown of the target, if it is known yet. An error in the user's
    own fixture keeps pytest's traceback.
    """
    error = call.excinfo.value if call.excinfo is not None else None
    problem = error if isinstance(error, Problem) else _problem_of_fixture(error)
    text = in_pytests_words(str(problem))
    case = CaseRecord(item.nodeid, requirement, Outcome.NOT_VERIFIED, text)
    if isinstance(problem, KitFault):
        case.fault = "".join(traceback.format_exception(problem))
    elif problem is error:
        _skip(report, text, Outcome.NOT_VERIFIED.value)
    attach(report, case)
    attach_target(report, target)
    attach_problem(report, problem, text)
    item.session.shouldstop = f"conformance: {text}"


def _problem_of_fixture(error: BaseException | None) -> Problem:
    return TargetProblem(f"a fixture that the target needs failed ({type(error).__name__})")


def record(
    item: pytest.Item,
    call: pytest.CallInfo[None],
    harness: Harness,
    requirement: str,
) -> CaseRecord:
    """Return the record of a case, with the violations of other requirements that it saw."""
    case = CaseRecord(
        item.nodeid,
        requirement,
        Outcome.PASSED,
        duration_s=round(float(item.stash.get(DURATION, call.duration)), 4),
        part=_part(item),
    )
    error = call.excinfo.value if call.excinfo is not None else None
    _judge(case, error, harness)
    case.evidence += harness.proof.drain(item.nodeid)
    exchanges = harness.transcript.exchanges
    case.requests = len(exchanges)
    case.retries = sum(exchange.retries for exchange in exchanges)
    made_by = harness.profile.module("belongings").made_by
    case.made = dict(Counter(word for exchange in exchanges if (word := made_by(exchange))))
    case.made["bytes"] = sum(one.request.size for one in exchanges if one.operation == _STORING)
    if item.get_closest_marker("lifecycle") is not None:
        case.lifecycle = [step.record(harness.redactor) for step in exchanges]
    return case


def _part(item: pytest.Item) -> str:
    return next((part for part, mark in PARTS.items() if item.get_closest_marker(mark)), "cases")


def _judge(case: CaseRecord, error: BaseException | None, harness: Harness) -> None:
    if error is None:
        return
    match finding_in(error):
        case Violation() as violation:
            level = harness.profile.catalogue[case.requirement].level
            case.outcome = Outcome.FAILED if level is Level.MUST else Outcome.WARNED
            case.reason = harness.redactor.brief(violation.actual)
            case.evidence.append(harness.proof.evidence(violation, case.requirement, case.case))
        case Blocked() as blocked:
            case.outcome = Outcome.NOT_VERIFIED
            case.reason = harness.redactor.brief(blocked.reason)
            case.cause = _redacted(blocked.cause, harness.redactor)
            if blocked.violation is not None:
                proof = harness.proof.evidence(blocked.violation, case.requirement, case.case)
                case.evidence.append(proof)
        case NotApplicable() as reason:
            case.outcome, case.reason = Outcome.NOT_APPLICABLE, str(reason)
        case _:
            case.outcome = Outcome.NOT_VERIFIED
            text = "".join(traceback.format_exception(error))
            case.fault = harness.redactor.text(text)[-_FAULT_CHARACTERS:]
            case.reason = f"a fault of the kit: {harness.redactor.brief(repr(error))}"


def _redacted(cause: Cause, redactor: Redactor) -> Cause:
    limit = cause.limit and redactor.brief(cause.limit)
    return replace(cause, limit=limit, seen=redactor.brief(cause.seen))


def mark_pytest_report(
    report: pytest.TestReport, case: CaseRecord, harness: Harness, options: ReportingOptions
) -> None:
    """Give pytest's report the outcome of the case: failed, or skipped with its own status.

    Args:
        report: Pytest's report of the case; it is changed.
        case: The record of the case.
        harness: The harness, for its catalogue.
        options: How the session reports.
    """
    if case.fault:
        if not isinstance(report.longrepr, tuple):
            report.longrepr = case.fault
        return
    warned = case.outcome is Outcome.WARNED and not options.strict
    catalogue = harness.profile.catalogue
    rows = [(catalogue[proof.requirement], proof) for proof in case.evidence]
    own = [(row, proof) for row, proof in rows if options.strict or row.level is Level.MUST]
    if own and case.outcome is not Outcome.NOT_VERIFIED:
        report.outcome = "failed"
        report.longrepr = "\n\n".join(
            failure_text(row, proof, options.replay) for row, proof in own
        )
        return
    if warned or case.outcome in {Outcome.NOT_VERIFIED, Outcome.NOT_APPLICABLE}:
        status = "warned" if warned else case.outcome.value
        _skip(report, in_pytests_words(case.reason), status)


def _skip(report: pytest.TestReport, reason: str, status: str) -> None:
    report.outcome = "skipped"
    report.longrepr = (str(report.fspath), report.location[1] or 0, reason)
    attach_status(report, status)


def failure_text(row: Requirement, proof: Evidence, replay: str) -> str:
    """Return a failure as text for pytest's terminal, with the parts of every report.

    Args:
        row: The requirement that does not hold.
        proof: The evidence.
        replay: The command that runs the session again; empty to leave it out.
    """
    shown = with_replay(proof, replay)
    shown["resend"] = is_resent(shown)
    text = failure.plain({**described(row), "remedies": remedies(row)}, shown)
    return f"{row.id} {row.level}: {row.title}\n{text}"
