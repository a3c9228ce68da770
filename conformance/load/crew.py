"""The users of one process: they go round, the oracles watch, and at the end it is told."""

from __future__ import annotations

import json
import os
import threading
import time
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from conformance.harness.bounds import RunEnded
from conformance.harness.bucket_access import bucket_of
from conformance.harness.crowd import Crowd
from conformance.harness.harness import Harness
from conformance.harness.retry import lost
from conformance.harness.told import told_by
from conformance.judge.contract import contracts_of
from conformance.judge.exercise import rows_judged
from conformance.judge.finding import Blocked, Finding, Violation
from conformance.load.seen import Seen
from conformance.model.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.load.orders import Orders
    from conformance.model.exchange import Exchange

    #: Takes an operation, the seconds and the bytes of its answer, and what was wrong, if it was.
    Noted = Callable[[str, float, int, str], None]

#: So many exchanges of a process are shown as its first ones.
_SHOWN = 60
#: So many reasons why a round could not go on are told.
_REASONS = 20
# How long the end waits for requests that are under way.
_END_BOUND_S = 2.0
_LOOK_S = 0.02
_FIRST_SERVER_ERROR = 500
# These say nothing about what was asked: a request that came too slowly, or too often.
_SAYS_NOTHING = frozenset({408, 425, 429})
_NOT_LET_IN = frozenset({401, 403})
_PRIVATE = 0o600


class Over(Exception):
    """The load has ended: the user stops."""


class Crew:
    """The users of one process. `begin` comes first, `end` last, and both only once."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._profile = Profile.load(orders.profile)
        self._warm_up()
        self._going = 0
        self._over = False
        self._harness: Harness | None = None
        self.seen = Seen()

    def _warm_up(self) -> None:
        """Load what takes long, before processes part and users wait for it."""
        contracts_of(self._profile.name)
        for name in ("load", "oracles", "reading", "belongings", "api"):
            self._profile.module(name)
        target = self._orders.target
        if target.s3_bucket:
            bucket_of(target).close()

    @property
    def shall_end(self) -> bool:
        """Whether the user wants the load to end before its time."""
        return self._orders.end.exists()

    @property
    def all_have_told(self) -> bool:
        """Whether every process of the load has told what it saw."""
        orders = self._orders
        return all(orders.told(f"load{index}").exists() for index in range(orders.processes))

    def begin(self, index: int, size: Callable[[], int], noted: Noted) -> None:
        """Open the client, the journal and the stream of this process.

        Args:
            index: The number of the process, from zero.
            size: Returns how many users it has now.
            noted: Takes each answer.
        """
        if self._harness is not None:
            return
        orders = self._orders
        self._process, self._index, self._noted = f"load{index}", index, noted
        target = orders.target
        self._callers = list(target.tokens)
        self._harness = harness = Harness(
            self._profile, target, orders.run_id, self._process, removes_earlier=False
        )
        harness.transcript.listeners.append(self._note)
        self._shown: Mapping[Any, str] = self._profile.module("reading").SHOWN
        self._journeys = self._profile.module("load").Journeys(harness, Crowd(size))

    @property
    def has_reached_a_bound(self) -> bool:
        """Whether a bound of the load, or a target that is gone, ended it before its time."""
        return self._harness is not None and bool(self._harness.bounds.ended)

    def member(self) -> Member:
        """Return one more user; users beyond the number of callers share them."""
        number = self._index + self.seen.members * self._orders.processes
        self.seen.members += 1
        caller = self._callers[number % len(self._callers)]
        return Member(self, self._journeys.of(caller, number))

    @contextmanager
    def going(self) -> Iterator[None]:
        """Go round inside; raises `Over` once the load, or a bound of it, has ended."""
        harness = self._harness
        if harness is None or self._over or harness.bounds.ended:
            raise Over
        self._going += 1
        course = harness.transcript.begin_beside("load", "")
        try:
            yield
            self.seen.rounds += 1
        except Finding as finding:
            self._met(finding, harness)
        except Exception:  # noqa: BLE001 - locust would go on as if nothing had happened
            text = harness.redactor.text(traceback.format_exc())
            self.seen.fault = self.seen.fault or ("" if self._over else text)
        finally:
            self._going -= 1
            proofs = harness.proof.drain("")
            for proof in proofs:
                proof.aside = True
            harness.late_findings += proofs
            harness.transcript.adopt(course)

    def _met(self, finding: Finding, harness: Harness) -> None:
        """Keep what ended a round: a promise that an answer clearly breaks, or a reason."""
        if isinstance(finding, RunEnded):
            return
        violation = finding if isinstance(finding, Violation) else None
        if isinstance(finding, Blocked):
            violation = finding.violation
        if violation is not None and self._counts(violation):
            harness.proof.notice(violation)
            return
        reason = harness.redactor.brief(str(finding))
        if reason in self.seen.stopped or len(self.seen.stopped) < _REASONS:
            self.seen.stopped[reason] += 1

    def _counts(self, violation: Violation) -> bool:
        """Whether a violation shows a broken promise: a token that never worked may be wrong."""
        exchange = violation.exchange
        if not violation.requirement or exchange is None or not is_clear(exchange):
            return False
        caller = exchange.request.caller
        return exchange.status not in _NOT_LET_IN or caller is None or caller in self.seen.callers

    def _note(self, exchange: Exchange) -> None:
        """Count an exchange: which requirements its answer was judged by, and how it ended."""
        name = exchange.operation or exchange.request.method
        response, seen = exchange.response, self.seen
        seen.operations[name] += 1
        wrong = "no answer" if response is None else ""
        if response is not None and response.status >= _FIRST_SERVER_ERROR:
            wrong = f"status {response.status}"
        seen.errors[name] += bool(wrong)
        if exchange.succeeded and exchange.request.caller:
            seen.callers.setdefault(exchange.request.caller)
        harness = self._harness
        if harness is not None and len(seen.first) < _SHOWN:
            seen.first.append(exchange.record(harness.redactor))
        if response is not None:
            seen.exercised.update(self._rows(exchange))
        elapsed_s, size = (response.elapsed_s, response.size) if response else (0.0, 0)
        self._noted(name, elapsed_s, size, wrong)

    def _rows(self, exchange: Exchange) -> set[str]:
        """Return the requirements that the answer says something about."""
        profile, harness = self._profile, self._harness
        rows = set(rows_judged(profile.catalogue, contracts_of(profile.name), exchange))
        if exchange.succeeded and harness is not None:
            asked = harness.watch.engine.knowledge.reader.asked(exchange.request)
            key = asked.act if asked.instance else exchange.request.method
            rows |= {self._shown[key]} if key in self._shown else set()
        return rows

    def end(self) -> None:
        """Let no user send any more, and tell what the process saw; its journal stays."""
        harness = self._harness
        if harness is None or self._over:
            return
        self._over = True
        ended = harness.bounds.ended
        harness.bounds.halt()
        deadline = time.monotonic() + _END_BOUND_S
        while self._going and time.monotonic() < deadline:
            threading.Event().wait(_LOOK_S)
        harness.close(cleans=False)
        exercised = self.seen.exercised + harness.watch.engine.exercised
        told = {**self.seen.as_dict(), "exercised": exercised, **told_by(harness), "ended": ended}
        self._tell(told)

    def _tell(self, told: Mapping[str, Any]) -> None:
        path = self._orders.told(self._process)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        partial = path.with_suffix(".partial")
        with os.fdopen(os.open(partial, flags, _PRIVATE), "w", encoding="utf-8") as file:
            json.dump(told, file)
        partial.replace(path)


class Member:
    """One user."""

    def __init__(self, crew: Crew, journey: Any) -> None:
        self._crew = crew
        self._journey = journey

    def round(self) -> None:
        """Go round once; raises `Over` at the end of the load."""
        with self._crew.going():
            self._journey.round()


def is_clear(exchange: Exchange) -> bool:
    """Whether an answer says more than that the server has too much to do, or did it before."""
    status = exchange.status
    if status is None or status >= _FIRST_SERVER_ERROR or status in _SAYS_NOTHING:
        return False
    return not lost(exchange)
