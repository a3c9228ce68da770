"""From what happened in a case to its record, and from the record to pytest's terms."""

from __future__ import annotations

import json
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.case import PARTS
from conformance.exchange import visible
from conformance.options import in_pytests_words
from conformance.problem import KitFault, Problem, TargetProblem, UsageProblem
from conformance.reports.document import replay_line
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
    from collections.abc import Iterator

    import pytest

    from conformance.examination import Examination
    from conformance.requirement import Requirement

_SHOWN_CHARACTERS = 600

# Attributes of pytest's reports that travel from a worker of xdist to its controller.
_RECORD = "conformance_record"
_TARGET = "conformance_target"
_PROBLEM = "conformance_problem"
_STATUS = "conformance_status"


@dataclass(frozen=True)
class Telling:
    """How a session wants to be told: whether a SHOULD fails, and what runs it again."""

    strict: bool = False
    replay: str = ""


def record_case(
    item: pytest.Item,
    call: pytest.CallInfo[None],
    report: pytest.TestReport,
    requirement: str,
    *,
    examination: Examination,
    telling: Telling,
) -> None:
    """Hang the record of a case on pytest's report, and let the report say the same."""
    case = record(item, call, examination, requirement)
    attach(report, case)
    setattr(report, _TARGET, json.dumps(examination.target.described()))
    report.user_properties.append(("requirement", requirement))
    tell_pytest(report, case, examination, telling)


def record_stop(
    item: pytest.Item,
    call: pytest.CallInfo[None],
    report: pytest.TestReport,
    requirement: str,
    target: dict[str, object],
) -> None:
    """Record that no case can be run at all, and let the session stop here.

    `target` is what may be shown of it, where it came as far as that. What a fixture of the
    user's own raised keeps pytest's account of it.
    """
    error = call.excinfo.value if call.excinfo is not None else None
    problem = error if isinstance(error, Problem) else _of_the_users_own(error)
    text = in_pytests_words(str(problem))
    case = CaseRecord(item.nodeid, requirement, Outcome.NOT_VERIFIED, text)
    if isinstance(problem, KitFault):
        case.fault = "".join(traceback.format_exception(problem))
    elif problem is error:
        _skip(report, text, Outcome.NOT_VERIFIED.value)
    attach(report, case)
    setattr(report, _TARGET, json.dumps(target))
    setattr(report, _PROBLEM, json.dumps([problem.exit_code, text]))
    item.session.shouldstop = f"conformance: {text}"


def _of_the_users_own(error: BaseException | None) -> Problem:
    return TargetProblem(f"a fixture that the target needs failed ({type(error).__name__})")


def attach(report: pytest.TestReport, case: CaseRecord) -> None:
    """Hang the record on pytest's report, which travels from a worker to its controller."""
    setattr(report, _RECORD, json.dumps(case.as_dict()))


def attached(report: pytest.TestReport) -> CaseRecord | None:
    """Return the record that hangs on pytest's report, if any does."""
    text = getattr(report, _RECORD, None)
    return CaseRecord.from_dict(json.loads(text)) if isinstance(text, str) else None


def detach(report: pytest.TestReport) -> None:
    """Take everything of ours off pytest's report: another plugin judges it by itself."""
    for name in (_RECORD, _TARGET, _STATUS):
        vars(report).pop(name, None)


def attached_target(report: pytest.TestReport) -> dict[str, Any] | None:
    """Return what the report's record may show of the target."""
    text = getattr(report, _TARGET, None)
    return dict(json.loads(text)) if isinstance(text, str) else None


def attached_problem(report: pytest.TestReport) -> Problem | None:
    """Return the problem that stopped the session, if any did."""
    text = getattr(report, _PROBLEM, None)
    if not isinstance(text, str):
        return None
    exit_code, words = json.loads(text)
    kinds: tuple[type[Problem], ...] = (UsageProblem, TargetProblem, KitFault)
    return next(kind for kind in kinds if kind.exit_code == exit_code)(words)


def gather(records: dict[str, CaseRecord], case: CaseRecord) -> CaseRecord:
    """Keep a case's first record, to which a later phase only adds its faults; return it."""
    kept = records.setdefault(case.case, case)
    kept.fault = kept.fault or case.fault
    return kept


def record(
    item: pytest.Item,
    call: pytest.CallInfo[None],
    examination: Examination,
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
    report: pytest.TestReport, case: CaseRecord, examination: Examination, telling: Telling
) -> None:
    """Make pytest's report agree: failures fail, everything else is named for what it is."""
    if case.fault:
        if not isinstance(report.longrepr, tuple):
            report.longrepr = case.fault
        return
    warned = case.outcome is Outcome.WARNED and not telling.strict
    catalogue = examination.profile.catalogue
    rows = [(catalogue[proof.requirement], proof) for proof in case.evidence]
    own = [(row, proof) for row, proof in rows if telling.strict or row.level is Level.MUST]
    if own and case.outcome is not Outcome.NOT_VERIFIED:
        report.outcome = "failed"
        report.longrepr = "\n\n".join(story(row, proof, telling.replay) for row, proof in own)
        return
    if warned or case.outcome in {Outcome.NOT_VERIFIED, Outcome.NOT_APPLICABLE}:
        status = "warned" if warned else case.outcome.value
        _skip(report, in_pytests_words(case.reason), status)


def _skip(report: pytest.TestReport, reason: str, status: str) -> None:
    report.outcome = "skipped"
    report.longrepr = (str(report.fspath), report.location[1] or 0, reason)
    setattr(report, _STATUS, status)


def story(row: Requirement, proof: Evidence, replay: str) -> str:
    """Tell a failure on pytest's terminal, in the order of every report of ours."""
    parts = [
        ("expected", proof.expected),
        ("actual", proof.actual),
        *(("", step) for step in proof.steps),
        *(_exchange(proof.exchange) if proof.exchange is not None else ()),
        ("source", str(row.source)),
        *([("send again", proof.exchange["curl"])] if proof.exchange is not None else ()),
        *([("run again", replay_line(replay, proof.case))] if replay else ()),
    ]
    lines = [f"{row.id} {row.level}: {row.statement}"]
    lines += [f"{name:>12}  {line}" for name, text in parts for line in text.splitlines() or [""]]
    return "\n".join(map(visible, lines))


def _exchange(exchange: dict[str, Any]) -> Iterator[tuple[str, str]]:
    request, response = exchange["request"], exchange["response"]
    yield "request", f"{request['method']} {request['url']}"
    if response is None:
        yield "response", f"none: {exchange['error']}"
    else:
        body = str(response["body"]["text"])
        shown = body if len(body) <= _SHOWN_CHARACTERS else f"{body[:_SHOWN_CHARACTERS]}…"
        yield "response", f"{response['status']} {shown}".rstrip()
