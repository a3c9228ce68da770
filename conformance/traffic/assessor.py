"""Judges traffic that others send: one path for a proxy and for a recording.

An exchange is announced by `began` and judged by `ended`, which returns what it found at once.
`finished` judges what needs the whole stream. It may be called from many threads.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from conformance.harness.oracle_watch import violation_of
from conformance.judge.contract import contracts_of, mismatches
from conformance.judge.exercise import rows_judged
from conformance.judge.finding import remembered
from conformance.knowledge.callers import DOUBTFUL, NOBODY, Callers, is_known
from conformance.knowledge.facts import Act
from conformance.knowledge.knowledge import Knowledge
from conformance.model.evidence import Evidence
from conformance.model.redaction import Redactor
from conformance.model.requirement import is_optional_part
from conformance.oracles.engine import MOST_OF_ONE_KIND, Engine
from conformance.oracles.registry import oracles_of
from conformance.traffic.credentials import secrets_of_answer, secrets_of_request
from conformance.traffic.operations import Operations
from conformance.traffic.relevance import Kind, Relevance

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from conformance.judge.finding import Violation
    from conformance.knowledge.event import Event
    from conformance.model.exchange import Exchange, Request
    from conformance.model.profile import Profile

_SHORTEST_KEY = 16
#: So many exchanges are in the report, whether something was found in them or not.
_SHOWN_EXCHANGES = 200


@dataclass(frozen=True)
class Observed:
    """A request of the traffic: what it is, and its event if the oracles follow it."""

    kind: Kind
    request: Request
    operation: str | None = None
    event: Event | None = None


@dataclass
class Assessor:
    """The engine and the contract checks over the traffic of one server.

    Args:
        profile: The API.
        base_url: Where the recorded requests went.
        tokens: The tokens whose callers are known to differ, by the callers' names. Callers
            with other tokens are learned.
        hidden: Whether requests may lack a token that was really sent.
        sees_storage: Whether every request to the storage is in the traffic too.
        alone: Whether every request to the API is, as far as anybody knows.
        claimed: The optional parts that the owner claims.
        redactor: Learns every secret that passes by.
    """

    profile: Profile
    base_url: str
    tokens: Mapping[str, str | None]
    hidden: bool = False
    sees_storage: bool = False
    alone: bool = True
    claimed: Collection[str] = ()
    redactor: Redactor = field(default_factory=Redactor)
    found: list[Violation] = field(default_factory=list)
    operations: Counter[str] = field(default_factory=Counter)
    others: int = 0
    answered: int = 0
    seen_callers: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Prepare the engine."""
        self.callers = Callers(self.tokens, learns=True, hidden=self.hidden)
        self.knowledge = Knowledge(
            self.profile.module("reading").reader_of({"main": self.base_url}),
            self.callers,
            alone=self.alone,
            sees_storage=self.sees_storage,
            outsiders=True,
            secrets=Redactor(),
        )
        self.engine = Engine(self.knowledge, oracles_of(self.profile.name))
        self._relevance = Relevance(self.knowledge)
        self._operations = Operations(self.profile, self.base_url, self.claimed)
        self._exercised: Counter[str] = Counter()
        self._kinds: Counter[tuple[object, ...]] = Counter()
        self._first: list[Exchange] = []
        self._lock = threading.Lock()

    def began(self, request: Request, at: float) -> Observed:
        """Note that a request was sent; `at` is in monotonic seconds."""
        with self._lock:
            self._learn(secrets_of_request(request))
            asked = self.knowledge.reader.asked(request)
            kind = self._relevance.kind_of(asked, request)
            operation = asked.operation if kind is Kind.OPERATION and asked.exact else None
            if kind is Kind.OTHER:
                operation = self._operations.claimed_of(request)
                return Observed(Kind.OPERATION if operation else kind, request, operation)
            follows = kind is not Kind.VARIANT or asked.act in {Act.COMPLETE, Act.DELETE}
            event = self.engine.begin(request, at) if follows else None
            return Observed(kind, request, operation, event)

    def sent(self, observed: Observed, request: Request) -> Observed:
        """Note the whole request, if its body was not known when it began."""
        if observed.event is not None:
            self.engine.sent(observed.event, request)
        return replace(observed, request=request)

    def ended(self, observed: Observed, exchange: Exchange, at: float) -> list[Violation]:
        """Judge an exchange; return what is found at once.

        Args:
            observed: What `began` returned, or `sent`.
            exchange: The request and its answer.
            at: When the answer came, in monotonic seconds.
        """
        with self._lock:
            self.answered += exchange.response is not None
            self._learn(secrets_of_answer(exchange))
            if observed.kind in {Kind.OTHER, Kind.VARIANT}:
                self.others += 1
                if observed.event is not None:  # it may have been done, or not
                    lost = "it holds what no document describes, so its answer is not judged"
                    self.engine.end(
                        observed.event, replace(exchange, response=None, error=lost), at
                    )
                return []
            name = observed.operation or str(observed.kind)
            self.operations[name] += 1
            exchange = self._named(replace(exchange, operation=observed.operation), observed.event)
            found = self._judged(observed, exchange, at)
            exchange = self._named(exchange, observed.event)  # a success shows that a token is one
            self._note_caller(exchange, observed.event)
            if len(self._first) < _SHOWN_EXCHANGES:
                self._first.append(exchange)
            return self._kept([*found, *self._departures(observed, exchange)])

    def finished(self) -> list[Violation]:
        """Judge what needs the whole stream."""
        with self._lock:
            late = [
                violation_of(oracle, finding, finding.event.exchange)
                for oracle, finding in self.engine.finish()
            ]
            return self._kept(late)

    def evidence(self) -> list[Evidence]:
        """Return everything that was found as evidence, without any secret that was seen."""
        return [self._evidence(violation) for violation in self.found]

    def first_exchanges(self) -> list[dict[str, Any]]:
        """Return the records of the first exchanges, without any secret that was seen."""
        return [exchange.record(self.redactor) for exchange in self._first]

    @property
    def exercised(self) -> Counter[str]:
        """How often each requirement was judged."""
        return self.engine.exercised + self._exercised

    def _learn(self, secrets: Iterable[str]) -> None:
        for secret in secrets:
            self.redactor.learn(secret)

    def _judged(self, observed: Observed, exchange: Exchange, at: float) -> list[Violation]:
        if observed.event is None:
            return []
        found = self.engine.end(observed.event, exchange, at)
        if exchange.succeeded:
            self._exercised.update(self._operations.shown_by(observed.event))
            self._learn_key(exchange.request)
        return [violation_of(oracle, finding, exchange) for oracle, finding in found]

    def _learn_key(self, request: Request) -> None:
        """From now on, no answer may contain the key that worked in this request."""
        for name, value in request.headers:
            key = value.partition(" ")[2]
            if name.lower() == "authorization" and len(key) >= _SHORTEST_KEY:
                self.knowledge.secrets.learn(key)

    def _departures(self, observed: Observed, exchange: Exchange) -> list[Violation]:
        """Return how an answer departs from the OpenAPI documents."""
        response = exchange.response
        if exchange.operation is None or response is None or response.truncated:
            return []
        if not self._is_of_an_item(observed, exchange):
            return []
        contracts, catalogue = contracts_of(self.profile.name), self.profile.catalogue
        self._exercised.update(set(rows_judged(catalogue, contracts, exchange)))
        with remembered():
            return list(mismatches(catalogue, contracts, exchange))

    def _is_of_an_item(self, observed: Observed, exchange: Exchange) -> bool:
        """Whether the path of an item leads to one, and not to another resource of the server."""
        asked = observed.event.asked if observed.event is not None else None
        if asked is None or asked.act not in {Act.FETCH, Act.DELETE}:
            return True
        known = self.knowledge.media_of(asked.instance, asked.subject)
        seen = (asked.instance, asked.subject) in self.knowledge.seen_ids
        if known or seen or not exchange.succeeded:
            return True
        return bool(exchange.at("data", "id") == asked.subject)

    def _kept(self, violations: list[Violation]) -> list[Violation]:
        """Keep what is new, some of each kind, and nothing of a part that nobody claims."""
        kept = []
        for violation in violations:
            row = self.profile.catalogue[violation.requirement or ""]
            if set(filter(is_optional_part, row.needs)) - set(self.claimed):
                continue
            kind = (row.id, violation.oracle, "" if violation.oracle else violation.expected)
            self._kinds[kind] += 1
            limit = MOST_OF_ONE_KIND if violation.oracle else 1
            if self._kinds[kind] <= limit:
                kept.append(violation)
        self.found += kept
        return kept

    def _named(self, exchange: Exchange, event: Event | None) -> Exchange:
        """Return the exchange with the name of its caller, which a report shows."""
        caller = self.callers.of(exchange.request) if event is None else event.caller
        if event is not None and not is_known(caller):
            caller = self.callers.of(exchange.request)
        named = caller if is_known(caller) else None
        return replace(exchange, request=replace(exchange.request, caller=named))

    def _note_caller(self, exchange: Exchange, event: Event | None) -> None:
        caller = event.caller if event is not None else exchange.request.caller
        if event is not None and event.asked.instance and caller and caller != NOBODY:
            self.seen_callers.setdefault("not known" if caller == DOUBTFUL else caller)

    def _evidence(self, violation: Violation) -> Evidence:
        exchange, against = violation.exchange, violation.against
        way = [one for one in (against, exchange) if one is not None]
        return Evidence(
            violation.requirement or "",
            "",
            self.redactor.brief(violation.expected),
            self.redactor.brief(violation.actual),
            exchange.record(self.redactor) if exchange is not None else None,
            [],
            [{**step.record(self.redactor), "script": None} for step in way],
            violation.check,
            aside=True,
            oracle=violation.oracle,
            against=against.record(self.redactor) if against is not None else None,
        )
