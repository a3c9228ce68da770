"""A report of an earlier run, read back from its `report.json`.

Reading is tolerant: a report of another version of the kit serves as long as it holds
what its reader needs. What is no report at all gets one clear line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.problem import UsageProblem
from conformance.reports.document import FILE

if TYPE_CHECKING:
    from pathlib import Path

_VERSION = "1."


@dataclass(frozen=True)
class EarlierReport:
    """The document of one run, and the file that it was read from."""

    path: Path
    document: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> EarlierReport:
        """Read a `report.json`, or that of a report folder; raise `UsageProblem` if it is none."""
        file = path / FILE if path.is_dir() else path
        try:
            document = json.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise UsageProblem(f"the report {file} cannot be read: {error.strerror}") from None
        except (ValueError, RecursionError) as error:
            raise UsageProblem(f"the report {file} is broken or cut short: {error}") from None
        defect = _defect(document)
        if defect:
            raise UsageProblem(f"{file} is no report of `conformance run`: {defect}")
        return cls(file, document)

    @property
    def profile(self) -> str:
        """The profile that was run."""
        return str(self.document["profile"])

    @property
    def requirements(self) -> dict[str, dict[str, Any]]:
        """The rows of the report by requirement id, in their order."""
        return {row["id"]: row for row in self.document["requirements"]}

    @property
    def broken(self) -> frozenset[str]:
        """The requirements that did not hold: failed, or warned."""
        return frozenset(id_ for id_, row in self.requirements.items() if is_broken(row))


def is_broken(row: dict[str, Any]) -> bool:
    """Say whether a row of a report did not hold."""
    return row["outcome"] in {"failed", "warned"}


def _defect(document: object) -> str:
    """Say what of a report is missing; empty when all that readers need is there."""
    if not isinstance(document, dict):
        return "it holds no JSON object"
    version = document.get("schema_version")
    if not isinstance(version, str):
        return "it has no schema_version"
    if not version.startswith(_VERSION):
        return f"its schema_version is {version!r}, which this kit cannot read"
    if not isinstance(document.get("profile"), str):
        return "it names no profile"
    rows = document.get("requirements")
    if not isinstance(rows, list) or not all(map(_is_row, rows)):
        return "its requirements are not those of a run"
    return ""


def _is_row(row: object) -> bool:
    return (
        isinstance(row, dict)
        and all(isinstance(row.get(name), str) for name in ("id", "level", "outcome"))
        and _are_objects(row.get("cases", []), "id")
        and _are_objects(row.get("evidence", []), "case")
    )


def _are_objects(parts: object, name: str) -> bool:
    return isinstance(parts, list) and all(
        isinstance(part, dict) and isinstance(part.get(name), str) for part in parts
    )
