"""How long a run still takes: what the last run of the same kind took, or nothing at all.

Cases wait for each other, for pauses and for uploads that expire, so the share of the cases that
are done says little. The report that a run replaces says how long the whole suite took.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.problem import UsageProblem
from conformance.reports.report import Report
from conformance.settings.table import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Settings that change how long a run takes; with other ones, the last run says nothing.
_DECIDING = ("effort", "max_wait", "workers", "concurrency")
_MINUTE_S = 60


@dataclass
class Estimate:
    """The time of a run: `whole_s` is what the last one took, for so many `cases`."""

    whole_s: float | None = None
    cases: int = 0
    _began: float = field(default_factory=time.monotonic)
    _comparable: bool = False

    @classmethod
    def of(cls, place: Path, profile: str, values: Mapping[str, Any]) -> Estimate:
        """Return the estimate from the report in a folder, if it is of a run of the same kind.

        Args:
            place: The report folder, before it is emptied.
            profile: The profile of the run.
            values: The settings of the run.
        """
        try:
            report = Report.read(place)
        except UsageProblem:
            return cls()
        before = {setting["name"]: setting["value"] for setting in report["settings"]}
        same = all(before.get(name) == BY_NAME[name].shown(values[name]) for name in _DECIDING)
        whole = report["complete"] and not report["selection"] and report["verdict"] != "untestable"
        if report.profile != profile or not same or not whole:
            return cls()
        cases = sum(len(row["cases"]) for row in report.requirements)
        return cls(float(report["duration_s"]), cases)

    def begin(self, total: int) -> None:
        """Start the clock; a selection of the cases takes another time than all of them."""
        self._began = time.monotonic()
        self._comparable = total == self.cases

    @property
    def words(self) -> str:
        """How long the run still takes, or how long it takes already where nobody knows that."""
        passed = time.monotonic() - self._began
        if self._comparable and self.whole_s is not None and passed < self.whole_s:
            return f"about {_time(self.whole_s - passed)} left"
        return _time(passed)


def _time(seconds: float) -> str:
    if seconds < _MINUTE_S:
        return f"{seconds:.0f} s"
    return f"{seconds // _MINUTE_S:.0f} min {seconds % _MINUTE_S:.0f} s"
