"""The stream of one worker as a file, and the judgement of the streams of all workers together.

A worker sees only its own requests, so it cannot say what a whole library must show. It writes its
events into the private folder of the run. When all workers have ended, the controller joins the
streams by their monotonic times, which the processes of one machine share, and judges them.
"""

from __future__ import annotations

import json
import platform
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.harness.ledger import make_private
from conformance.knowledge.knowledge import Knowledge
from conformance.knowledge.place import place_of
from conformance.knowledge.recorded import (
    RecordedCallers,
    RecordedReader,
    asked_as_json,
    bare,
    exchange_of,
    request_of,
    told_as_json,
)
from conformance.model.evidence import Evidence
from conformance.model.redaction import Redactor
from conformance.oracles.engine import Engine
from conformance.oracles.registry import oracles_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from conformance.knowledge.event import Event
    from conformance.oracles.finding import Finding
    from conformance.oracles.registry import Oracle
    from conformance.target import Target

#: How many bytes the stream of one process may have; a longer one is not judged.
MOST_BYTES = 64 * 1024 * 1024
# A file that is older belongs to a run that was killed.
_OLD_S = 24 * 60 * 60.0
_SUFFIX = ".stream"
# The kinds of lines.
_BEGINS, _ENDS, _DISTURBS = "begins", "ends", "disturbs"
#: In what order lines of one moment count: an answer that came may have caused a request.
_ORDER = {_ENDS: 0, _BEGINS: 1, _DISTURBS: 2}


class StreamWriter:
    """Writes the events of one process; several threads may use it.

    The file is `whole` unless it grew too long, or an id held a secret, which is never written.
    """

    def __init__(self, folder: Path, name: str, redactor: Redactor, keys: Redactor) -> None:
        """Open the file, and remove those of runs that were killed long ago.

        Args:
            folder: The private folder of the target's runs.
            name: The name of the run and the process.
            redactor: Knows the secrets that what is shown may not hold.
            keys: Knows the keys that no line may hold at all.
        """
        make_private(folder)
        _forget_old(folder)
        self.path = folder / f"{name}{_SUFFIX}"
        self._file = self.path.open("w", encoding="utf-8")
        self._redactor, self._keys = redactor, keys
        self._lock = threading.Lock()
        self._bytes = self._lines = 0
        self.whole = True

    def begins(self, event: Event) -> None:
        """Write that a request was sent."""
        asked = asked_as_json(event, self._redactor)
        self._write(_BEGINS, event.began, event.number, {"source": event.source, **asked})

    def ends(self, event: Event) -> None:
        """Write what an answer told."""
        self._write(_ENDS, event.ended, event.number, told_as_json(event, self._redactor))

    def disturbs(self, url: str, at: float) -> None:
        """Write that something outside of the stream changes the object of a URL."""
        if place_of(url) is not None:
            self._write(_DISTURBS, at, 0, {"url": bare(url)})

    def close(self) -> dict[str, Any]:
        """Close the file, and return what the controller needs to read it."""
        self._file.close()
        return {
            "path": str(self.path),
            "lines": self._lines,
            "whole": self.whole,
            "machine": platform.node(),
        }

    def _write(self, kind: str, at: float, number: int, data: dict[str, Any]) -> None:
        line = json.dumps([at, _ORDER[kind], number, kind, data])
        with self._lock:
            self._bytes += len(line)
            if self._bytes > MOST_BYTES or self._keys.knows(line):
                self.whole = False
            if self.whole and not self._file.closed:
                self._file.write(f"{line}\n")
                self._lines += 1


def hiding_few(target: Target, redactor: Redactor) -> Redactor:
    """Return a redactor for a stream: without the tokens of further callers, which may be many.

    Each text would be searched for each of them. They are kept out of a stream nevertheless: no
    line may hold a key.
    """
    if not target.more_tokens:
        return redactor
    return Redactor(set(target.secrets) - set(target.more_tokens))


def _forget_old(folder: Path) -> None:
    for path in folder.glob(f"*{_SUFFIX}"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _OLD_S:
                path.unlink()


def remove_streams(told: Sequence[dict[str, Any]]) -> None:
    """Remove the files that workers wrote on this machine."""
    for one in told:
        if one["machine"] == platform.node():
            Path(one["path"]).unlink(missing_ok=True)


class JoinedStreams:
    """The streams of all workers, judged by the oracles that one worker could not ask.

    These oracles need only facts: what ids, places and lists the answers named. Those that
    compare bytes or texts were asked in the workers.
    """

    def __init__(self, profile: str, told: Sequence[dict[str, Any]], redactor: Redactor) -> None:
        """Take what each worker said of its stream.

        Args:
            profile: The name of the profile.
            told: What `StreamWriter.close` returned in each worker.
            redactor: Knows the secrets of the run.
        """
        self._told = told
        self._redactor = redactor
        alone = all(one.get("alone", True) for one in told)
        knowledge = Knowledge(RecordedReader(), RecordedCallers(), alone=alone)
        self.engine = Engine(knowledge, [one for one in oracles_of(profile) if one.joins])

    def findings(self, known: Collection[tuple[str, str]]) -> list[Evidence]:
        """Judge the whole stream, and return what no worker found.

        Without every line of every worker, nothing is judged: what is missing may explain
        everything.

        Args:
            known: The oracle and the requirement of each finding of a worker.
        """
        lines = self._lines()
        if lines is None:
            return []
        found = [*self._judged(lines), *self.engine.finish()]
        return [
            self._evidence(oracle, finding)
            for oracle, finding in found
            if (oracle.name, finding.requirement) not in known
        ]

    def _lines(self) -> list[tuple[Any, ...]] | None:
        """Return the lines of all workers in the order of their times, or None if some miss."""
        lines: list[tuple[Any, ...]] = []
        for worker, one in enumerate(self._told):
            if not one["whole"] or one["machine"] != platform.node():
                return None
            try:
                texts = Path(one["path"]).read_text(encoding="utf-8").splitlines()
            except OSError:
                return None
            if len(texts) != one["lines"]:
                return None
            for text in texts:
                at, order, number, kind, data = json.loads(text)
                lines.append((at, order, worker, number, kind, data))
        return sorted(lines, key=lambda line: line[:4])

    def _judged(self, lines: list[tuple[Any, ...]]) -> Iterator[tuple[Oracle, Finding]]:
        # On a coarse clock, a request may end at the moment at which it began.
        begun = {(line[2], line[3]): line for line in lines if line[4] == _BEGINS}
        events: dict[tuple[int, int], Event] = {}
        for at, _, worker, number, kind, data in lines:
            key = worker, number
            if kind == _DISTURBS:
                self.engine.disturb(data["url"], at)
                continue
            if key not in events:
                began, *_, asked = begun[key]
                events[key] = self.engine.begin(request_of(asked), began, asked["source"])
            if kind == _ENDS:
                event = events[key]
                yield from self.engine.end(event, exchange_of(event.request, data), at)

    def _evidence(self, oracle: Oracle, finding: Finding) -> Evidence:
        against = self._record(finding.against)
        shown = self._record(finding.event)
        return Evidence(
            finding.requirement,
            finding.event.source,
            self._redactor.brief(finding.expected),
            self._redactor.brief(finding.actual),
            shown,
            transcript=[{**one, "script": None} for one in (against, shown) if one],
            aside=True,
            crowded=True,
            oracle=oracle.name,
            against=against,
        )

    def _record(self, event: Event | None) -> dict[str, Any] | None:
        exchange = event.exchange if event else None
        return exchange.record(self._redactor) if exchange else None
