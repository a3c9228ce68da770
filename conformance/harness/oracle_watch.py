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

    from conformance.model.exchange import Exchange, Request
    from conformance.model.profile import Profile
    from conformance.oracles.finding import Finding
    from conformance.oracles.registry import Oracle
    from conformance.target import Target


class OracleWatch:
    """The engine of one process of a run.

    `alone` says that no other process of the run uses the target: otherwise its library is
    not judged as a whole.
    """

    def __init__(self, profile: Profile, target: Target, *, alone: bool) -> None:
        bases = {"main": target.base_url, "twin": target.short_lived_url}
        given = {name: base for name, base in bases.items() if base}
        knowledge = Knowledge(
            profile.module("reading").reader_of(given),
            Callers({"main": target.token, "other": target.other_token}),
            alone=alone,
            secrets=Redactor(target.keys),
        )
        self.engine = Engine(knowledge, oracles_of(profile.name))

    def began(self, request: Request, case: str) -> Callable[[Exchange], list[Violation]]:
        """Note that a request was sent for a case; return what judges its exchange."""
        event = self.engine.begin(request, time.monotonic(), case)

        def ended(exchange: Exchange) -> list[Violation]:
            found = self.engine.end(event, exchange, time.monotonic())
            return [violation_of(oracle, finding, exchange) for oracle, finding in found]

        return ended

    def disturbed(self, url: str) -> None:
        """Note that the kit itself replaces the object of a URL, which no exchange shows."""
        self.engine.disturb(url, time.monotonic())

    def finish(self) -> list[tuple[Violation, str]]:
        """Judge what needs the whole run; each violation comes with the case that showed it."""
        return [
            (violation_of(oracle, finding, finding.event.exchange), finding.event.source)
            for oracle, finding in self.engine.finish()
        ]

    def counts(self) -> list[dict[str, object]]:
        """Return for each oracle how often it judged and how much it found."""
        return self.engine.counts()


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
