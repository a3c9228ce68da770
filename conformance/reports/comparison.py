"""A comparison of two reports of one profile: regressions, fixes and other changes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from conformance.problem import UsageProblem
from conformance.reports.entries import Entry, Group, Listing
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
    title: str = ""

    @property
    def entry(self) -> Entry:
        """The change in words."""
        outcomes = " -> ".join(filter(None, (self.before, self.after)))
        reason = short(self.reason) if self.after != "passed" else ""
        return Entry(self.requirement, self.level, self.title, outcomes, reason)

    def __str__(self) -> str:
        """Write it as one line."""
        return str(self.entry)


@dataclass(frozen=True)
class Comparison:
    """The changes from an old report to a new one, by kind."""

    changes: dict[Kind, list[Change]]
    note: str = ""
    reports: tuple[Report, ...] = ()

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
        note = f"the newer run is incomplete: {unfinished}" if unfinished else ""
        return cls(changes, note, (old, new))

    @property
    def regressed(self) -> bool:
        """Whether a requirement fails that did not fail before."""
        return bool(self.changes[Kind.REGRESSION])

    def listing(self) -> Listing:
        """Return the changes by kind, regressions first, in the forms that people read."""
        conclusion = "a regression" if self.regressed else "no regression"
        return Listing(
            f"{self.reports[-1].profile}: what changed" if self.reports else "what changed",
            [
                Group(kind.value, _STYLES.get(kind, "bold"), [change.entry for change in changes])
                for kind, changes in self.changes.items()
            ],
            conclusion,
            self.as_dict(),
            good=not self.regressed,
            notes=[self.note] if self.note else [],
        )

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able form: both runs, and each change with its kind."""
        runs = dict(zip(("old", "new"), map(_run, self.reports), strict=False))
        return {
            **runs,
            "regressed": self.regressed,
            "note": self.note,
            "changes": [
                {"kind": kind.value, **asdict(change)}
                for kind, changes in self.changes.items()
                for change in changes
            ],
        }

    def print(self, console: Console) -> None:
        """Print the changes by kind, regressions first."""
        self.listing().print(console)


def _run(report: Report) -> dict[str, Any]:
    """Return what identifies a run in a comparison."""
    names = ("profile", "verdict", "started", "complete")
    return {"path": str(report.path), **{name: report.get(name) for name in names}}


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
    reason, title = str((now or {}).get("reason") or ""), (now or was or {}).get("title", "")
    return Change(name, level, before, after, reason, title)
