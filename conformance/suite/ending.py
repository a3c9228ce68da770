"""What the processes of a session say when they end, in xdist's controller that of all workers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.harness.stream import JoinedStreams, remove_streams
from conformance.harness.told import told_by
from conformance.model.oracle_tally import OracleTally
from conformance.model.redaction import Redactor
from conformance.model.timing import Timing
from conformance.suite.stash import HARNESS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

# The member of a worker's output, which xdist sends to the controller.
_TOLD = "conformance_ending"


@dataclass
class Ending:
    """What was told so far.

    `ended` says why the cases of a process ended early. `leftovers` could not be removed, and
    what is `left_behind` no operation can delete. `made` counts what the processes made, and
    `secrets` are those of the target, which may come from a user's fixture.
    """

    ended: str = ""
    leftovers: list[str] = field(default_factory=list)
    left_behind: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)
    secrets: list[str] = field(default_factory=list)
    oracles: OracleTally = field(default_factory=OracleTally)
    timing: Timing = field(default_factory=Timing)
    #: The streams of the workers, and how many of these have ended.
    streams: list[dict[str, Any]] = field(default_factory=list)
    workers: int = 0

    def add_own(self, config: pytest.Config) -> None:
        """Add what this process says, if it ran cases."""
        self._add(_told_by(config))

    def add_worker(self, node: Any) -> None:
        """Add what a worker of xdist said before it ended."""
        told = getattr(node, "workeroutput", {}).get(_TOLD)
        if told is not None:
            self.workers += 1
            self._add(told)

    def add_removal(self, leftovers: list[str], left_behind: Mapping[str, int]) -> None:
        """Add what a clean-up after killed workers found."""
        self.leftovers += leftovers
        self.left_behind.update(left_behind)

    def judge_together(self, profile: str, *, whole: bool) -> None:
        """Judge the streams of the workers together, and remove them.

        Args:
            profile: The name of the profile.
            whole: Whether the session ended as it should. What a killed worker sent is unknown.
        """
        try:
            expected = {stream["workers"] for stream in self.streams}
            if whole and expected == {self.workers}:
                joined = JoinedStreams(profile, self.streams, Redactor(self.secrets))
                self.oracles.join(joined.findings(self.oracles.kinds), joined.engine.counts())
        finally:
            remove_streams(self.streams)
            self.streams.clear()

    def _add(self, told: Mapping[str, Any]) -> None:
        self.ended = self.ended or told.get("ended", "")
        self.add_removal(told.get("leftovers", []), told.get("left_behind", {}))
        self.made.update(told.get("made", {}))
        self.secrets += told.get("secrets", [])
        self.timing.add(told.get("timing", {}))
        oracles = told.get("oracles", {})
        self.oracles.add(oracles)
        if "stream" in oracles:
            self.streams.append({**oracles["stream"], "workers": told["workers"]})


def tell_controller(config: pytest.Config) -> None:
    """Let xdist send to its controller what this worker says; do nothing in another process.

    A worker that ran no case says so, unlike one that died.
    """
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output[_TOLD] = _told_by(config)


def _told_by(config: pytest.Config) -> dict[str, Any]:
    """Return what this process says, as JSON can hold it; nothing where it ran no case."""
    harness = config.stash.get(HARNESS, None)
    if harness is None:
        return {}
    return {
        **told_by(harness),
        "secrets": [*filter(None, harness.target.secrets), *harness.renewed],
        "workers": getattr(config, "workerinput", {}).get("workercount", 1),
    }
