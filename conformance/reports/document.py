"""`report.json`: the whole run as one document (schema: `specs/report.schema.json`)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.verdict import CaseRecord, RequirementResult, Run
    from conformance.waiver import Waiver

SCHEMA_VERSION = "1.0"


def document(run: Run, replay: str) -> dict[str, Any]:
    """Return the run in the shape that the schema publishes."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kit_version": __version__,
        "profile": run.profile,
        "catalogue_version": run.catalogue.version,
        "target": run.target,
        "verdict": run.verdict.value,
        "complete": not run.incomplete and not run.faults,
        "reason": run.untestable or run.incomplete,
        "strict": run.strict,
        "duration_s": run.duration_s,
        "requests": sum(case.requests for case in run.cases),
        "rate_limited": sum(case.retries for case in run.cases),
        "replay": replay,
        "selection": run.selection,
        "counts": run.counts,
        "leftovers": run.leftovers,
        "waivers": [use.as_dict() for use in run.waivers],
        "requirements": [_requirement(result, replay) for result in run.requirements],
    }


def write(run: Run, path: Path, replay: str) -> None:
    """Write the document; the file appears whole or not at all."""
    text = json.dumps(document(run, replay), indent=2, ensure_ascii=False, allow_nan=False)
    partial = path.with_suffix(".partial")
    partial.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
    partial.replace(path)


def _requirement(result: RequirementResult, replay: str) -> dict[str, Any]:
    row = result.requirement
    return {
        "id": row.id,
        "level": row.level.value,
        "title": row.title,
        "statement": row.statement,
        "operation": row.operation,
        "source": {"document": row.source.document, "section": row.source.section},
        "outcome": result.outcome.value,
        "reason": result.reason,
        "waiver": result.waiver and _waiver(result.waiver),
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


def _waiver(waiver: Waiver) -> dict[str, Any]:
    described = waiver.as_dict()
    return {name: described[name] for name in ("reason", "issue", "owner", "expires")}


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
