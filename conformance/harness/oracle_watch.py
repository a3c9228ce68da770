"""Lets the oracles watch a run: every request of its client, also those of the clean-up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from conformance.judge.finding import Violation, remembered
from conformance.knowledge.callers import Callers
from conformance.knowledge.knowledge import Knowledge
from conformance.model.redaction import Redactor
from conformance.oracles.engine import Engine
from conformance.oracles.registry import oracles_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.harness.stream import StreamWriter
    from conformance.model.exchange import Exchange, Request
    from conformance.model.profile import Profile
    from conformance.oracles.finding import Finding
    from conformance.oracles.registry import Oracle
    from conformance.target import Target


class OracleWatch:
    """The engine of one process of a run.

    Without a stream, no other process of the run uses the target. Otherwise its library is not
    judged as a whole, and the stream is written for the process that can. Where other shards share
    the library, nobody can.
    """

    def __init__(
        self, profile: Profile, target: Target, stream: StreamWriter | None = None
    ) -> None:
        self.stream = stream
        self._shared = target.shared
        bases = {"main": target.base_url, "twin": target.short_lived_url}
        given = {name: base for name, base in bases.items() if base}
        knowledge = Knowledge(
            profile.module("reading").reader_of(given),
            Callers(dict(target.tokens)),
            alone=stream is None and not target.shared,
            secrets=Redactor(target.keys),
        )
        self.engine = Engine(knowledge, oracles_of(profile.name))

    def began(self, request: Request, case: str) -> Callable[[Exchange], list[Violation]]:
        """Note that a request was sent for a case; return what judges its exchange."""
        event = self.engine.begin(request, time.monotonic(), case)
        if self.stream is not None:
            self.stream.begins(event)

        def ended(exchange: Exchange) -> list[Violation]:
            found = self.engine.end(event, exchange, time.monotonic())
            if self.stream is not None:
                self.stream.ends(event)
            return [violation_of(oracle, finding, exchange) for oracle, finding in found]

        return ended

    def disturbed(self, url: str) -> None:
        """Note that the kit itself replaces the object of a URL, which no exchange shows."""
        at = time.monotonic()
        self.engine.disturb(url, at)
        if self.stream is not None:
            self.stream.disturbs(url, at)

    def finish(self) -> list[tuple[Violation, str]]:
        """Judge what needs the whole run; each violation comes with the case that showed it."""
        return [
            (violation_of(oracle, finding, finding.event.exchange), finding.event.source)
            for oracle, finding in self.engine.finish()
        ]

    def told(self) -> dict[str, object]:
        """Return what the process says of its oracles, as JSON can hold it."""
        kinds = [list(kind) for kind in self.engine.kinds]
        stream = {}
        if self.stream is not None:
            stream = {"stream": {**self.stream.close(), "alone": not self._shared}}
        return {"counts": self.engine.counts(), "kinds": kinds, **stream}


def violation_of(oracle: Oracle, finding: Finding, exchange: Exchange | None) -> Violation:
    """Return a finding as a violation; the running case itself did not make it.

    Args:
        oracle: The oracle that found it.
        finding: What it found.
        exchange: The exchange that shows it.
    """
    with remembered():
        violation = Violation(
            finding.expected, finding.actual, exchange, requirement=finding.requirement
        )
    violation.oracle = oracle.name
    violation.against = finding.against.exchange if finding.against else None
    return violation
