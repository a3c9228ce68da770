"""What a run decided for a pipeline, in the words that every format shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.model.evidence import Outcome

if TYPE_CHECKING:
    from conformance.reports.report import Report, Row

#: What a failure is that the baseline had before; the mark and the reason are the same words.
KNOWN = "known to the baseline"
WAIVED = "waived"
#: What only warns, since the pinned catalogue does not have it, or not as a MUST.
NEWER = "newer than --as-of"


def mark(row: Row) -> str:
    """Return why a failure does not change the exit code, in a few words; empty if it may."""
    if row["outcome"] != Outcome.FAILED:
        newer = row["outcome"] == Outcome.WARNED and row.get("newer")
        return WAIVED if row["waiver"] else NEWER if newer else ""
    return WAIVED if row["waiver"] else KNOWN if row.get("known") else ""


def excuse(row: Row) -> str:
    """Return the same with the reason of the waiver, its owner, its issue and its last day."""
    waiver = row["waiver"]
    if not waiver:
        return mark(row)
    end = waiver["expires"] and f"until {waiver['expires']}"
    return f"{WAIVED}: " + ", ".join(
        filter(None, (waiver["reason"], waiver["owner"], waiver["issue"], end))
    )


def is_spared(report: Report) -> bool:
    """Return whether requirements failed, and none of the failures counts."""
    failed = report.having(Outcome.FAILED)
    return bool(failed) and all(map(mark, failed))


def ruling(report: Report) -> str:
    """Return the verdict and what decided: `nonconformant, all 3 failures waived`."""
    decided = report.get("decision") or {}
    return ", ".join(filter(None, (report["verdict"], decided.get("why"))))


def sentence(report: Report) -> str:
    """Return the same with the exit code, if the report holds it."""
    decided = report.get("decision")
    return f"{ruling(report)}: exit {decided['exit_code']}" if decided else ruling(report)


def comparison(report: Report) -> str:
    """Return how the run compares with its baseline, in a sentence; empty without one."""
    decided = report.get("decision") or {}
    before = decided.get("baseline")
    if not before:
        return ""
    build = f", build {before['build']}" if before["build"] else ""
    found = [f"{name} {_listed(decided[name])}" for name in ("new", "known", "fixed")]
    return f"Compared with the baseline of {before['started']}{build}: {'; '.join(found)}."


def _listed(names: list[str]) -> str:
    return ", ".join(names) if names else "none"
