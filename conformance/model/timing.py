"""Where the time of a run goes: its phases, its processor time, and how fast answers came."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The shares of the answers for which a report says how long they took at most.
PERCENTILES = (50, 90, 99)


@dataclass
class Timing:
    """What the processes of a run measured.

    Moments are in seconds since the epoch: when the first case could begin, when the last had
    ended, and when the clean-up had. `cpu_s` is processor time of all processes, and
    `judging_s` the part of it in which answers are judged. `cases_at_once` is how many cases ran
    at the same time at most. `answers` holds the seconds of each answer by operation, and
    `storage` names the operations that the storage answers.
    """

    began: float = 0.0
    ended: float = 0.0
    cleaned: float = 0.0
    cpu_s: float = 0.0
    judging_s: float = 0.0
    cases_at_once: int = 0
    answers: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    storage: set[str] = field(default_factory=set)

    def answered(self, operation: str, elapsed_s: float, *, by_storage: bool) -> None:
        """Note how long an answer took."""
        self.answers[operation].append(elapsed_s)
        if by_storage:
            self.storage.add(operation)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        return {**vars(self), "answers": dict(self.answers), "storage": sorted(self.storage)}

    def add(self, process: Mapping[str, Any]) -> None:
        """Add what one process measured, as `as_dict` returned it; empty for nothing."""
        if not process:
            return
        self.began = min(self.began or process["began"], process["began"])
        self.ended = max(self.ended, process["ended"])
        self.cleaned = max(self.cleaned, process["cleaned"])
        self.cpu_s += process["cpu_s"]
        self.judging_s += process["judging_s"]
        self.cases_at_once += process["cases_at_once"]
        for operation, seconds in process["answers"].items():
            self.answers[operation] += seconds
        self.storage.update(process["storage"])

    def waiting_s(self, *, for_storage: bool) -> float:
        """Return the seconds of all answers of the storage, or of the target; they overlap."""
        chosen = [name for name in self.answers if (name in self.storage) is for_storage]
        return sum(sum(self.answers[name]) for name in chosen)

    def summary(self, started: float, duration_s: float) -> dict[str, Any]:
        """Return the member `timing` of `report.json`; empty where nothing was measured.

        Args:
            started: When the run started, in seconds since the epoch.
            duration_s: How long it took.
        """
        if not self.began:
            return {}
        return {
            "start_up_s": _rounded(self.began - started),
            "cases_s": _rounded(self.ended - self.began),
            "clean_up_s": _rounded(self.cleaned - self.ended),
            "end_s": _rounded(started + duration_s - self.cleaned),
            "cpu_s": _rounded(self.cpu_s),
            "judging_cpu_s": _rounded(self.judging_s),
            "cases_at_once": self.cases_at_once,
            "waiting_s": {
                "target": _rounded(self.waiting_s(for_storage=False)),
                "storage": _rounded(self.waiting_s(for_storage=True)),
            },
            "operations": [self._operation(name) for name in sorted(self.answers)],
        }

    def _operation(self, name: str) -> dict[str, Any]:
        seconds = sorted(self.answers[name])
        shares = {f"p{share}_ms": milliseconds(percentile(seconds, share)) for share in PERCENTILES}
        by = "storage" if name in self.storage else "target"
        return {
            "operation": name,
            "answered_by": by,
            "answers": len(seconds),
            **shares,
            "max_ms": milliseconds(seconds[-1]),
        }


def percentile(ordered: list[float], share: int) -> float:
    """Return the smallest value that is at least as large as that share of all values."""
    return ordered[max(-(-len(ordered) * share // 100) - 1, 0)]


def _rounded(seconds: float) -> float:
    return round(max(seconds, 0.0), 3)


def milliseconds(seconds: float) -> float:
    """Return seconds as the milliseconds that a report shows."""
    return round(seconds * 1000, 1)
