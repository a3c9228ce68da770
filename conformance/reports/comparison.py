"""A comparison of two reports of one profile: regressions, fixes and other changes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from rich.text import Text

from conformance.model.redaction import visible
from conformance.problem import UsageProblem
from conformance.reports.message import short
from conformance.reports.report import Report, is_broken

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console


class Kind(StrEnum):
    """How the outcome of a requirement changed between two runs."""

    REGRESSION = "regressions"
    WARNED = "newly warned"
    WAIVED = "newly broken, but waived"
    FIXED = "fixed"
    UNVERIFIED = "newly unverified"
    VERIFIED = "newly verified"
    CHANGED = "otherwise changed"
    KNOWN = "still broken"
    ADDED = "new requirements"
    REMOVED = "removed requirements"


_STYLES = {
    Kind.REGRESSION: "bold red",
    Kind.WARNED: "yellow",
    Kind.FIXED: "green",
    Kind.UNVERIFIED: "magenta",
}


@dataclass(frozen=True)
class Change:
    """A requirement with its outcomes before and after; None where a report does not have it."""

    requirement: str
    level: str
    before: str | None
    after: str | None
    reason: str = ""

    def __str__(self) -> str:
        """Write it as one line."""
        outcomes = " -> ".join(filter(None, (self.before, self.after)))
        reason = f": {short(self.reason)}" if self.reason and self.after != "passed" else ""
        return visible(f"{self.requirement} {self.level} {outcomes}{reason}")


@dataclass(frozen=True)
class Comparison:
    """The changes from an old report to a new one, by kind."""

    changes: dict[Kind, list[Change]]
    note: str = ""

    @classmethod
    def of(cls, old: Report, new: Report) -> Comparison:
        """Compare two reports.

        Args:
            old: The earlier report.
            new: The later report.

        Raises:
            UsageProblem: The reports are of different profiles.
        """
        check_profile(old, new.profile)
        changes: dict[Kind, list[Change]] = {kind: [] for kind in Kind}
        before, after = old.rows, new.rows
        partial = bool(new.get("selection"))
        for name in (*before, *(name for name in after if name not in before)):
            was, now = before.get(name), after.get(name)
            if partial and now is not None and not now.get("cases") and not is_broken(now):
                continue  # -k left it out, so its outcome did not change
            kind = _kind(was, now)
            if kind is not None:
                changes[kind].append(_change(name, was, now))
        unfinished = new.get("reason")
        return cls(changes, f"the newer run is incomplete: {unfinished}" if unfinished else "")

    @property
    def regressed(self) -> bool:
        """Whether a requirement fails that did not fail before."""
        return bool(self.changes[Kind.REGRESSION])

    def print(self, console: Console) -> None:
        """Print the changes by kind, regressions first."""
        for kind, changes in self.changes.items():
            if changes:
                console.print(Text(f"{kind} ({len(changes)})", style=_STYLES.get(kind, "bold")))
            for change in changes:
                console.print(Text(f"  {change}"), soft_wrap=True)
        if self.note:
            console.print(Text(self.note, style="bold magenta"), soft_wrap=True)
        verdict = "a regression" if self.regressed else "no regression"
        console.print(verdict, style="bold red" if self.regressed else "bold green")


def read_baseline(path: Path, profile: str) -> Report:
    """Read the report that a run will be compared with.

    Args:
        path: The `report.json`, or its folder.
        profile: The profile of the run.

    Raises:
        UsageProblem: The file is not a report, or is of another profile.
    """
    report = Report.read(path)
    check_profile(report, profile)
    return report


def check_profile(report: Report, profile: str) -> None:
    """Raise `UsageProblem` when a report is of another profile."""
    if report.profile != profile:
        raise UsageProblem(
            f"{report.path} is a report of the profile {report.profile}, not of {profile}"
        )


def _kind(was: dict[str, Any] | None, now: dict[str, Any] | None) -> Kind | None:
    """Return how a requirement changed; None when the change is not worth a line."""
    if now is None:
        return Kind.REMOVED
    if is_broken(now) and not (was and is_broken(was)):
        return _new_break(now)
    if was is None:
        return Kind.ADDED
    return _changed_outcome(was, now)


def _changed_outcome(was: dict[str, Any], now: dict[str, Any]) -> Kind | None:
    if is_broken(was) and is_broken(now):
        return Kind.KNOWN
    if now["outcome"] == was["outcome"]:
        return None
    better = Kind.FIXED if is_broken(was) else Kind.VERIFIED
    return {"not-verified": Kind.UNVERIFIED, "passed": better}.get(now["outcome"], Kind.CHANGED)


def _new_break(now: dict[str, Any]) -> Kind:
    """Return the kind of a new failure: only a regression makes a run fail.

    A requirement that the old report does not have counts as a regression too, because its
    failure was not known.
    """
    if now["outcome"] == "warned":
        return Kind.WARNED
    return Kind.WAIVED if now.get("waiver") else Kind.REGRESSION


def _change(name: str, was: dict[str, Any] | None, now: dict[str, Any] | None) -> Change:
    level = (now or was or {}).get("level", "")
    before, after = (None if part is None else str(part["outcome"]) for part in (was, now))
    return Change(name, level, before, after, str((now or {}).get("reason") or ""))
