"""Requirements that are not verified, grouped by the cause: what the reader can do about them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from conformance.model.evidence import Outcome
from conformance.model.requirement import capability_flag

if TYPE_CHECKING:
    from conformance.reports.report import Report, Row


class Kind(StrEnum):
    """The kind of cause, as a heading, in the order in which readers see them."""

    BLOCKED = "Blocked by"
    LIMIT = "Not verified"
    FLAG = "To verify more"


@dataclass(frozen=True)
class Group:
    """Requirements with one cause: the id of a broken requirement, a reason, or a flag."""

    kind: Kind
    cause: str
    rows: list[Row]

    @property
    def lead(self) -> str:
        """The words between the requirements and the cause, where one line shows both."""
        return {Kind.BLOCKED: "blocked by", Kind.FLAG: "needs"}.get(self.kind, "")

    @property
    def size(self) -> str:
        """How many requirements the group has, and how many of them are a MUST."""
        count = f"{len(self.rows)} requirement{'s' if len(self.rows) > 1 else ''}"
        binding = sum(row["level"] == "MUST" for row in self.rows)
        return f"{count} ({binding} MUST)" if binding else count

    @property
    def ids(self) -> list[str]:
        """The ids of the requirements."""
        return [row["id"] for row in self.rows]

    @property
    def seen(self) -> list[str]:
        """What was seen although it proves nothing without the flag, each once."""
        found = ((row.get("cause") or {}).get("seen") for row in self.rows)
        return list(dict.fromkeys(filter(None, found)))


def groups(report: Report) -> list[Group]:
    """Return the groups, those that a flag would verify last: there the reader can act."""
    found: dict[tuple[Kind, str], list[Row]] = {}
    for row in report.having(Outcome.NOT_VERIFIED):
        found.setdefault(_key(row), []).append(row)
    order = list(Kind)
    return sorted(
        (Group(kind, cause, rows) for (kind, cause), rows in found.items()),
        key=lambda group: order.index(group.kind),
    )


def _key(row: Row) -> tuple[Kind, str]:
    cause = row.get("cause") or {}
    if cause.get("blocked_by"):
        return Kind.BLOCKED, cause["blocked_by"]
    if cause.get("needs"):
        return Kind.FLAG, capability_flag(cause["needs"])
    return Kind.LIMIT, row["reason"]
