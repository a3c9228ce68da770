"""Writes reports for tests, as a run of one case would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.model.evidence import CaseRecord, Evidence, Outcome
from conformance.model.profile import Profile
from conformance.model.run import Run
from conformance.reports.document import report_of
from conformance.reports.formats import FORMATS
from conformance.settings.rerun import Rerun

if TYPE_CHECKING:
    from pathlib import Path


def written(
    folder: Path,
    outcome: str,
    *,
    profile: str = "feedhive",
    requirement: str = "FH-COMPLETE-11",
    case: str = "s::test_it",
    **settings: Any,
) -> Path:
    """Write the `report.json` of a run in which one requirement came to an outcome."""
    record = CaseRecord(case, requirement, Outcome(outcome), "it was 500")
    if record.outcome in {Outcome.FAILED, Outcome.WARNED}:
        record.evidence = [Evidence(requirement, case, "a refusal", "it was 500")]
    run = Run(profile, Profile.load(profile).catalogue, [record], target={"base_url": "http://h"})
    folder.mkdir(exist_ok=True)
    text = FORMATS["json"].text(report_of(run, Rerun(profile, settings)))
    (folder / "report.json").write_text(text, encoding="utf-8")
    return folder
