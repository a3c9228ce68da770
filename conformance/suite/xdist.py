"""The kit's data on pytest's reports, which xdist sends from a worker to the controller."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.model.evidence import CaseRecord
from conformance.problem import KitFault, Problem, TargetProblem, UsageProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

# Attributes of pytest's reports: xdist sends them to the controller.
_RECORD = "conformance_record"
_TARGET = "conformance_target"
_PROBLEM = "conformance_problem"
_STATUS = "conformance_status"


def attach(report: pytest.TestReport, case: CaseRecord) -> None:
    """Attach the record of a case to pytest's report."""
    setattr(report, _RECORD, json.dumps(case.as_dict()))


def attach_target(report: pytest.TestReport, target: Mapping[str, object]) -> None:
    """Attach what may be shown of the target to pytest's report."""
    setattr(report, _TARGET, json.dumps(target))


def attach_problem(report: pytest.TestReport, problem: Problem, text: str) -> None:
    """Attach the problem that stops the session to pytest's report."""
    setattr(report, _PROBLEM, json.dumps([problem.exit_code, text]))


def attach_status(report: pytest.TestReport, status: str) -> None:
    """Attach the status that the terminal shows for the case to pytest's report."""
    setattr(report, _STATUS, status)


def attached(report: pytest.TestReport) -> CaseRecord | None:
    """Return the record that is attached to pytest's report, or None."""
    text = getattr(report, _RECORD, None)
    return CaseRecord.from_dict(json.loads(text)) if isinstance(text, str) else None


def detach(report: pytest.TestReport) -> None:
    """Remove the kit's data from pytest's report, for a plugin that judges it itself."""
    for name in (_RECORD, _TARGET, _STATUS):
        vars(report).pop(name, None)


def attached_target(report: pytest.TestReport) -> dict[str, Any] | None:
    """Return the attached description of the target, or None."""
    text = getattr(report, _TARGET, None)
    return dict(json.loads(text)) if isinstance(text, str) else None


def attached_problem(report: pytest.TestReport) -> Problem | None:
    """Return the attached problem that stops the session, or None."""
    text = getattr(report, _PROBLEM, None)
    if not isinstance(text, str):
        return None
    exit_code, words = json.loads(text)
    kinds: tuple[type[Problem], ...] = (UsageProblem, TargetProblem, KitFault)
    return next(kind for kind in kinds if kind.exit_code == exit_code)(words)


def gather(records: dict[str, CaseRecord], case: CaseRecord) -> CaseRecord:
    """Keep and return the first record of a case; a later phase only adds its fault."""
    kept = records.setdefault(case.case, case)
    kept.fault = kept.fault or case.fault
    return kept
