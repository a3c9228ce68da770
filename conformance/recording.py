"""From what happened in a case to its record, and from the record to pytest's terms."""

from __future__ import annotations

import json
import traceback
from typing import TYPE_CHECKING

from conformance.case import PARTS
from conformance.exchange import visible
from conformance.requirement import Level
from conformance.verdict import (
    Blocked,
    CaseRecord,
    Evidence,
    NotApplicable,
    Outcome,
    Violation,
)

if TYPE_CHECKING:
    import pytest

    from conformance.examination import Examination

_PROPERTY = "conformance"
_STATUS = "conformance-status"


def attach(report: pytest.TestReport, case: CaseRecord) -> None:
    """Hang the record on pytest's report, which travels from a worker to its controller."""
    report.user_properties.append((_PROPERTY, json.dumps(case.as_dict())))


def attached(report: pytest.TestReport) -> CaseRecord | None:
    """Return the record that hangs on pytest's report, if any does."""
    text = dict(report.user_properties).get(_PROPERTY)
    return CaseRecord.from_dict(json.loads(text)) if isinstance(text, str) else None


def detach(report: pytest.TestReport) -> None:
    """Take the record, and the status that goes with it, off pytest's report."""
    ours = {_PROPERTY, _STATUS}
    report.user_properties[:] = [pair for pair in report.user_properties if pair[0] not in ours]


def gather(records: dict[str, CaseRecord], case: CaseRecord) -> CaseRecord:
    """Keep a case's first record, to which a later phase only adds its faults; return it."""
    kept = records.setdefault(case.case, case)
    kept.fault = kept.fault or case.fault
    return kept


def record(
    item: pytest.Item,
    call: pytest.CallInfo[None],
    examination: Examination | None,
    requirement: str,
) -> CaseRecord:
    """Return the record of a case, with the departures from the contract seen on its way."""
    case = CaseRecord(
        item.nodeid,
        requirement,
        Outcome.PASSED,
        duration_s=round(call.duration, 4),
        part=_part(item),
    )
    error = call.excinfo.value if call.excinfo is not None else None
    if examination is None:
        case.outcome, case.fault = Outcome.NOT_VERIFIED, f"no examination: {error}"
        return case
    _judge(case, error, examination)
    case.evidence += examination.drain_evidence(item.nodeid)
    exchanges = examination.transcript.exchanges
    case.requests = len(exchanges)
    case.retries = sum(exchange.retries for exchange in exchanges)
    if item.get_closest_marker("lifecycle") is not None:
        case.lifecycle = [step.record(examination.redactor) for step in exchanges]
    return case


def _part(item: pytest.Item) -> str:
    return next((part for part, mark in PARTS.items() if item.get_closest_marker(mark)), "cases")


def _judge(case: CaseRecord, error: BaseException | None, examination: Examination) -> None:
    if error is None:
        return
    match _finding(error):
        case Violation() as violation:
            level = examination.profile.catalogue[case.requirement].level
            case.outcome = Outcome.FAILED if level is Level.MUST else Outcome.WARNED
            case.reason = examination.redactor.brief(violation.actual)
            case.evidence.append(examination.evidence(violation, case.requirement, case.case))
        case Blocked() as blocked:
            case.outcome = Outcome.NOT_VERIFIED
            case.reason = examination.redactor.brief(blocked.reason)
            if blocked.violation is not None:
                proof = examination.evidence(blocked.violation, case.requirement, case.case)
                case.evidence.append(proof)
        case NotApplicable() as reason:
            case.outcome, case.reason = Outcome.NOT_APPLICABLE, str(reason)
        case _:
            case.outcome = Outcome.NOT_VERIFIED
            text = "".join(traceback.format_exception(error))
            case.fault = examination.redactor.text(text)
            case.reason = f"a fault of the kit: {examination.redactor.text(repr(error))}"


def _finding(error: BaseException) -> BaseException:
    """Return the finding inside what hypothesis raises about it, or the error itself.

    A server that fails now and then makes hypothesis complain of flakiness; the
    violation that it first saw is what the report is about.
    """
    if isinstance(error, Violation | Blocked | NotApplicable):
        return error
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            found = _finding(part)
            if found is not part or isinstance(part, Violation | Blocked | NotApplicable):
                return found
    for chained in (error.__cause__, error.__context__):
        if isinstance(chained, Violation):
            return chained
    return error


def tell_pytest(
    report: pytest.TestReport,
    case: CaseRecord,
    examination: Examination | None,
    *,
    strict: bool,
) -> None:
    """Make pytest's report agree: failures fail, everything else is named for what it is."""
    if case.fault or examination is None:
        if examination is not None and not isinstance(report.longrepr, tuple):
            report.longrepr = case.fault
        return
    warned = case.outcome is Outcome.WARNED and not strict
    own = [proof for proof in case.evidence if _binding(proof, examination, strict=strict)]
    if own and case.outcome is not Outcome.NOT_VERIFIED:
        report.outcome = "failed"
        report.longrepr = "\n\n".join(map(story, own))
        return
    if warned or case.outcome in {Outcome.NOT_VERIFIED, Outcome.NOT_APPLICABLE}:
        status = "warned" if warned else case.outcome.value
        report.outcome = "skipped"
        report.longrepr = (report.fspath, report.location[1] or 0, case.reason)
        report.user_properties.append((_STATUS, status))


def _binding(proof: Evidence, examination: Examination, *, strict: bool) -> bool:
    row = examination.profile.catalogue[proof.requirement]
    return strict or row.level is Level.MUST


def story(proof: Evidence) -> str:
    """Tell a failure on the terminal of pytest: expected, actual, the exchange that shows it."""
    lines = [f"{proof.requirement}", f"  expected {proof.expected}", f"  but {proof.actual}"]
    lines += [f"  {line}" for step in proof.steps for line in step.splitlines()]
    if proof.exchange is not None:
        request = proof.exchange["request"]
        lines.append(f"  shown by {request['method']} {request['url']}")
        lines.append(f"  again with: {proof.exchange['curl']}")
    return "\n".join(map(visible, lines))
