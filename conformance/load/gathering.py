"""Gathers what the processes of a load say, and judges what they saw together."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.harness.stream import JoinedStreams, remove_streams
from conformance.load.seen import Seen
from conformance.model.oracle_tally import OracleTally
from conformance.model.timing import Timing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conformance.model.redaction import Redactor

#: Why what several processes saw could not be judged together.
NOT_WHOLE = "a process of the load ended without telling what it saw"
TOO_LONG = "the load was too long: what its processes saw does not fit into a stream that is judged"


@dataclass
class Gathered(Seen):
    """What all processes told so far.

    `missing` counts processes that told nothing. `apart` says why their streams could not be
    judged together, or is empty. `busy` says that this machine had no time to
    spare.
    """

    missing: int = 0
    ended: str = ""
    apart: str = ""
    busy: bool = False
    leftovers: list[str] = field(default_factory=list)
    left_behind: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)
    oracles: OracleTally = field(default_factory=OracleTally)
    timing: Timing = field(default_factory=Timing)
    _streams: list[dict[str, Any]] = field(default_factory=list)

    def add_file(self, path: Path) -> None:
        """Add what a process of the load wrote, and remove the file; note one that is missing."""
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self.missing += 1
            return
        path.unlink()
        self.rounds += told["rounds"]
        self.members += told["members"]
        for name in ("exercised", "operations", "errors", "stopped"):
            getattr(self, name).update(told[name])
        self.callers.update(dict.fromkeys(told["callers"]))
        self.first += told["first"] if not self.first else []
        self.ended = self.ended or told["ended"]
        self.fault = self.fault or told["fault"]
        self.made.update(told["made"])
        self.timing.add(told["timing"])
        self._add_oracles(told["oracles"])

    def add_audit(self, told: Mapping[str, Any]) -> None:
        """Add what the process says that read the libraries and cleaned up."""
        self.leftovers += told["leftovers"]
        self.left_behind.update(told["left_behind"])
        self._add_oracles(told["oracles"])

    def _add_oracles(self, oracles: Mapping[str, Any]) -> None:
        self.oracles.add(oracles)
        self._streams.append(oracles["stream"])

    def judge_together(self, profile: str, redactor: Redactor) -> None:
        """Judge what all processes saw, and remove their streams.

        Args:
            profile: The name of the profile.
            redactor: Knows the secrets of the load.
        """
        try:
            if self.missing:
                self.apart = NOT_WHOLE
            elif not all(stream["whole"] for stream in self._streams):
                self.apart = TOO_LONG
            else:
                joined = JoinedStreams(profile, self._streams, redactor)
                found = joined.findings(self.oracles.kinds)
                self.oracles.join(found, joined.engine.counts())
                self.exercised += joined.engine.exercised
        finally:
            remove_streams(self._streams)
            self._streams.clear()
