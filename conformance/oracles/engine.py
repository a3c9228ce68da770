"""The engine: knowledge and oracles over one stream of exchanges.

Three calls drive it: `begin` when a request is sent, `end` when its answer came, and `finish`
when the stream is over. `judge_stream` does all three for exchanges that are already there.
It may be called from many threads.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from conformance.oracles.finding import Agreement, Finding
from conformance.oracles.quiet import has_company

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.knowledge.event import Event
    from conformance.knowledge.facts import Act
    from conformance.knowledge.knowledge import Knowledge
    from conformance.model.exchange import Exchange, Request
    from conformance.oracles.finding import Judgement
    from conformance.oracles.registry import OfAnswers, Oracle

#: So many findings of one oracle for one requirement are reported; more say nothing new.
MOST_OF_ONE_KIND = 5


class Timed(NamedTuple):
    """An exchange with its monotonic begin and end in seconds, and what sent it."""

    exchange: Exchange
    began: float
    ended: float
    source: str = ""


@dataclass
class Engine:
    """Adds a stream of exchanges to knowledge, and judges each answer by every oracle.

    `judged` counts the judgements of each oracle, `found` what it reported, and `exercised`
    the judgements of each requirement.
    """

    knowledge: Knowledge
    oracles: list[Oracle]
    judged: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    exercised: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Prepare the memory of what was reported."""
        self._lock = threading.Lock()
        self._hearing: dict[Act, list[tuple[Oracle, OfAnswers]]] = {}
        self._reported: set[tuple[object, ...]] = set()
        self._confused: set[object] = set()
        self._kinds: Counter[tuple[str, str]] = Counter()

    def begin(self, request: Request, at: float, source: str = "") -> Event:
        """Note that a request was sent.

        Args:
            request: The request.
            at: When, in monotonic seconds.
            source: What sent it, for example the case that was running.
        """
        with self._lock:
            return self.knowledge.begin(request, at, source)

    def sent(self, event: Event, request: Request) -> None:
        """Note the whole request of an event, if its body was not known when it began."""
        with self._lock:
            self.knowledge.sent(event, request)

    def end(self, event: Event, exchange: Exchange, at: float) -> list[tuple[Oracle, Finding]]:
        """Judge the answer to a request that began, and learn from it."""
        with self._lock:
            self.knowledge.read(event, exchange, at)
            found = [
                (oracle, finding)
                for oracle, judge in self._who_hear(event)
                for finding in self._reportable(oracle, judge(self.knowledge, event))
            ]
            self.knowledge.fold(event)
            return found

    def _who_hear(self, event: Event) -> list[tuple[Oracle, OfAnswers]]:
        """Return the oracles that judge answers to what was asked."""
        act = event.asked.act
        if act not in self._hearing:
            self._hearing[act] = [
                (oracle, oracle.of_answer)
                for oracle in self.oracles
                if oracle.of_answer is not None and oracle.hears(event)
            ]
        return self._hearing[act]

    def finish(self) -> list[tuple[Oracle, Finding]]:
        """Judge what needs the whole stream."""
        with self._lock:
            company = not self.knowledge.alone or has_company(self.knowledge)
            return [*self._in_hindsight(), *self._of_the_library(company=company)]

    def _in_hindsight(self) -> Iterator[tuple[Oracle, Finding]]:
        """Judge the pages of lists once more, where outsiders may have removed items."""
        for oracle in self.oracles if self.knowledge.outsiders else ():
            if oracle.hindsight and oracle.of_answer is not None:
                for page in self.knowledge.pages:
                    judged = oracle.of_answer(self.knowledge, page)
                    yield from ((oracle, one) for one in self._reportable(oracle, judged))

    def _of_the_library(self, *, company: bool) -> Iterator[tuple[Oracle, Finding]]:
        for oracle in self.oracles:
            if oracle.of_library is not None and not (company and oracle.needs_quiet):
                judged = oracle.of_library(self.knowledge)
                yield from ((oracle, one) for one in self._reportable(oracle, judged))

    def disturb(self, url: str, at: float) -> None:
        """Note that something outside of the stream changes the object of a URL."""
        with self._lock:
            self.knowledge.disturb(url, at)

    def judge_stream(self, stream: Iterable[Timed]) -> list[tuple[Oracle, Finding]]:
        """Judge exchanges that are already there, in any order, and the whole of them."""
        timed = list(stream)
        moments = [(one.began, 1, number) for number, one in enumerate(timed)]
        moments += [(one.ended, 0, number) for number, one in enumerate(timed)]
        events: dict[int, Event] = {}
        found = []
        for at, begins, number in sorted(moments):
            one = timed[number]
            if number not in events:
                events[number] = self.begin(one.exchange.request, one.began, one.source)
            if not begins:
                found += self.end(events[number], one.exchange, at)
        return [*found, *self.finish()]

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """The name of the oracle and the requirement of each kind of finding."""
        return list(self._kinds)

    def counts(self) -> list[dict[str, object]]:
        """Return for each oracle how often it judged and how much it found."""
        return [
            {
                "name": oracle.name,
                "requirements": list(oracle.requirements),
                "judged": self.judged[oracle.name],
                "found": self.found[oracle.name],
            }
            for oracle in self.oracles
        ]

    def _reportable(self, oracle: Oracle, judgements: Iterable[Judgement]) -> list[Finding]:
        """Count the judgements, and keep each new finding."""
        kept = []
        for judgement in judgements:
            self.judged[oracle.name] += 1
            for row in _rows(oracle, judgement):
                self.exercised[row] += 1
            if isinstance(judgement, Finding) and self._is_new(oracle, judgement):
                self.found[oracle.name] += 1
                kept.append(judgement)
        return kept

    def _is_new(self, oracle: Oracle, finding: Finding) -> bool:
        key = (oracle.name, finding.requirement, finding.thing)
        if key in self._reported or finding.thing in self._confused:
            return False
        self._reported.add(key)
        if finding.confuses:
            self._confused.add(finding.thing)
        kind = (oracle.name, finding.requirement)
        self._kinds[kind] += 1
        return self._kinds[kind] <= MOST_OF_ONE_KIND


def _rows(oracle: Oracle, judgement: Judgement) -> tuple[str, ...]:
    """Return the requirements for which a judgement speaks."""
    match judgement:
        case Finding():
            return (judgement.requirement,)
        case Agreement():
            return judgement.requirements
    return oracle.requirements if len(oracle.requirements) == 1 else ()
