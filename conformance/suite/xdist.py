"""What travels with pytest's reports from a worker of xdist to its controller."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.model.evidence import CaseRecord
from conformance.problem import KitFault, Problem, TargetProblem, UsageProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

# Attributes of pytest's reports that travel from a worker of xdist to its controller.
_RECORD = "conformance_record"
_TARGET = "conformance_target"
_PROBLEM = "conformance_problem"
_STATUS = "conformance_status"


def attach(report: pytest.TestReport, case: CaseRecord) -> None:
    """Hang the record on pytest's report, which travels from a worker to its controller."""
    setattr(report, _RECORD, json.dumps(case.as_dict()))


def attach_target(report: pytest.TestReport, target: Mapping[str, object]) -> None:
    """Hang what may be shown of the target on pytest's report."""
    setattr(report, _TARGET, json.dumps(target))


def attach_problem(report: pytest.TestReport, problem: Problem, text: str) -> None:
    """Hang the problem that stops the session on pytest's report."""
    setattr(report, _PROBLEM, json.dumps([problem.exit_code, text]))


def attach_status(report: pytest.TestReport, status: str) -> None:
    """Hang the word on pytest's report that its terminal shows for the case."""
    setattr(report, _STATUS, status)


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
