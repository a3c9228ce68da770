"""What a report holds, as the records of its cases: the way back from `report.json` to a run."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from conformance.model.evidence import CaseRecord, Cause, Evidence, Outcome, Repeated

if TYPE_CHECKING:
    from conformance.reports.report import Report, Row

_MEMBERS = frozenset(member.name for member in fields(Evidence)) - {"requirement"}


@dataclass(frozen=True)
class Records:
    """The cases of a report with their evidence, and the evidence that belongs to no case of it."""

    cases: list[CaseRecord] = field(default_factory=list)
    late: list[Evidence] = field(default_factory=list)


def records_of(report: Report) -> Records:
    """Return the records that a report was written from.

    A report counts what was sent again, and shows its longest lifecycle, only for the whole run:
    the first case gets both.
    """
    cases = {
        case["id"]: _case(row["id"], case) for row in report.requirements for case in row["cases"]
    }
    late: list[Evidence] = []
    for row in report.requirements:
        for data in row["evidence"]:
            proof = _evidence(row["id"], data)
            shown_by = cases.get(proof.case)
            (late if shown_by is None else shown_by.evidence).append(proof)
    found = list(cases.values())
    if found:
        found[0].retries = report["rate_limited"]
        found[0].lifecycle = list(report["lifecycle"])
    return Records(found, late)


def _case(requirement: str, data: Row) -> CaseRecord:
    cause = data.get("cause")
    return CaseRecord(
        data["id"],
        requirement,
        Outcome(data["outcome"]),
        data["reason"],
        data["duration_s"],
        fault=data["fault"],
        requests=data["requests"],
        cause=Cause(**cause) if cause else None,
        repeated=_repeated(data),
    )


def _evidence(requirement: str, data: Row) -> Evidence:
    kept = {name: data[name] for name in _MEMBERS & data.keys()}
    return Evidence(requirement, **{**kept, "repeated": _repeated(data)})


def _repeated(data: Row) -> Repeated | None:
    seen = data.get("repeated")
    return Repeated(seen["runs"], seen["failed"]) if seen else None
