"""`report.json`: the whole run as one document (schema: `specs/report.schema.json`)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from conformance import __version__

if TYPE_CHECKING:
    from conformance.reports.report import Report
    from conformance.verdict import CaseRecord, RequirementResult, Run

SCHEMA_VERSION = "1.0"


def document(run: Run, replay: str) -> dict[str, Any]:
    """Return the run in the shape that the schema publishes."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kit_version": __version__,
        "profile": run.profile,
        "catalogue_version": run.catalogue.version,
        "target": run.target,
        "settings": run.settings,
        "verdict": run.verdict.value,
        "complete": not run.incomplete and not run.faults,
        "reason": _reason(run),
        "started": datetime.fromtimestamp(run.started, UTC).isoformat(timespec="milliseconds"),
        "effort": run.effort,
        "seed": run.seed,
        "selection": run.selection,
        "strict": run.strict,
        "duration_s": run.duration_s,
        "requests": sum(case.requests for case in run.cases),
        "rate_limited": sum(case.retries for case in run.cases),
        "replay": replay,
        "counts": run.counts,
        "leftovers": run.leftovers,
        "lifecycle": run.lifecycle,
        "requirements": [_requirement(result, replay) for result in run.requirements],
    }


def render(report: Report) -> str:
    """Return the document as indented JSON: of all formats the one that the others come from."""
    return json.dumps(report.data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _reason(run: Run) -> str:
    faults = f"the kit itself went wrong in {len(run.faults)} case(s)" if run.faults else ""
    return run.untestable or run.incomplete or faults


def _requirement(result: RequirementResult, replay: str) -> dict[str, Any]:
    row = result.requirement
    return {
        "id": row.id,
        "level": row.level.value,
        "title": row.title,
        "statement": row.statement,
        "operation": row.operation,
        "source": {"document": row.source.document, "section": row.source.section},
        "note": row.note,
        "needs": list(row.needs),
        "outcome": result.outcome.value,
        "reason": result.reason,
        "waiver": result.waiver,
        "cases": [_case(case) for case in result.cases],
        "evidence": [
            {
                "case": proof.case,
                "expected": proof.expected,
                "actual": proof.actual,
                "steps": proof.steps,
                "exchange": proof.exchange,
                "transcript": proof.transcript,
                "replay": replay_line(replay, proof.case),
            }
            for proof in result.evidence
        ],
    }


def _case(case: CaseRecord) -> dict[str, Any]:
    return {
        "id": case.case,
        "outcome": case.outcome.value,
        "reason": case.reason,
        "duration_s": case.duration_s,
        "requests": case.requests,
        "fault": case.fault,
    }


def replay_line(replay: str, case: str) -> str:
    """Return the command that runs one case again."""
    function = case.rsplit("::", 1)[-1].split("[", 1)[0]
    return f"{replay} -k {function}"
