"""`fleet.json`: several targets of one profile at a glance, and what became of each requirement."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.problem import exit_code_of
from conformance.reports.decision import mark
from conformance.reports.formats import PAGE
from conformance.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.model.requirement import Catalogue
    from conformance.reports.report import Report, Row

#: The file of the document, in the folder that holds a folder for each target.
FILE = "fleet.json"
SCHEMA_VERSION = "1.0"
#: What stands for the verdict of a target without a report.
NO_REPORT = "no report"


@dataclass(frozen=True)
class Fleet:
    """The overview: `data` is the document, as `specs/fleet.schema.json` describes it."""

    data: Row

    def __getitem__(self, name: str) -> Any:
        """Return a member of the document."""
        return self.data[name]

    @property
    def targets(self) -> list[Row]:
        """The targets, in the order of the file."""
        rows: list[Row] = self.data["targets"]
        return rows

    @property
    def operations(self) -> dict[str, list[Row]]:
        """The requirements of each operation, in the order of the catalogue."""
        grouped: dict[str, list[Row]] = {}
        for row in self.data["requirements"]:
            grouped.setdefault(row["operation"], []).append(row)
        return grouped

    @property
    def verdicts(self) -> str:
        """How many targets have each verdict, in words."""
        counts = Counter(verdict_of(row) for row in self.targets)
        return ", ".join(f"{count} {verdict}" for verdict, count in counts.items())


def fleet_of(
    profile: str,
    catalogue: Catalogue,
    targets: Sequence[Row],
    *,
    started: str,
    duration_s: float,
) -> Fleet:
    """Return the overview of a fleet.

    Args:
        profile: The profile of all targets.
        catalogue: Its requirements.
        targets: The targets, as `target_of` returns them.
        started: When the first run began (ISO 8601).
        duration_s: How long all runs took together.
    """
    return Fleet(
        {
            "schema_version": SCHEMA_VERSION,
            "kit_version": __version__,
            "profile": profile,
            "catalogue_version": catalogue.version,
            "started": started,
            "duration_s": duration_s,
            "exit_code": int(exit_code_of(row["exit_code"] for row in targets)),
            "requirements": [
                {
                    "id": row.id,
                    "level": row.level.value,
                    "title": row.title,
                    "operation": row.operation,
                }
                for row in catalogue
            ],
            "targets": list(targets),
        }
    )


def target_of(name: str, base_url: str, code: int, why: str, report: Report | None) -> Row:
    """Return one target of a fleet.

    Args:
        name: Its name in the settings file.
        base_url: Where it is; empty for a server that its run started.
        code: The exit code of its run.
        why: Why there is no report; otherwise empty.
        report: The report of its run, if it wrote one.
    """
    row: Row = {"name": name, "base_url": base_url, "exit_code": code, "why": why}
    if report is None:
        return {**row, "verdict": None, "page": None, "counts": {}, "outcomes": {}, "spared": []}
    decided = report.get("decision") or {}
    return {
        **row,
        "base_url": base_url or str(report["target"].get("base_url", "")),
        "why": why or report.reason or str(decided.get("why", "")),
        "verdict": report.verdict,
        "page": f"{name}/{PAGE}",
        "counts": report.counts,
        "outcomes": {found["id"]: found["outcome"] for found in report.requirements},
        "spared": [
            found["id"]
            for found in report.requirements
            if found["outcome"] == "failed" and mark(found)
        ],
    }


def verdict_of(row: Row) -> str:
    """Return the verdict of a target in words."""
    return str(row["verdict"] or NO_REPORT)


def numbers_of(row: Row) -> str:
    """Return the numbers behind the verdict of a target, or why it has none."""
    counts = row["counts"]
    if not counts:
        return str(row["why"])
    found = [f"{counts[name]} {name}" for name in _COUNTED if counts.get(name)]
    return ", ".join([*found, *([row["why"]] if row["verdict"] == "untestable" else [])])


_COUNTED = ("failed", "warned", "not-verified", "passed")


def broken_in(row: Row) -> list[str]:
    """Return the ids of the requirements that failed at a target."""
    return [name for name, outcome in row["outcomes"].items() if outcome == "failed"]


def render(fleet: Fleet) -> str:
    """Return the document as indented JSON."""
    return json.dumps(fleet.data, indent=2, ensure_ascii=False) + "\n"


def broken_anywhere(fleet: Fleet) -> Iterable[str]:
    """Return the ids of the requirements that failed or warned at any target."""
    return {
        name
        for row in fleet.targets
        for name, outcome in row["outcomes"].items()
        if outcome in {"failed", "warned"}
    }
