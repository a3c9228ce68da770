"""What a run may still use: time, requests, bytes. And when it stops asking a silent target.

Each process of a run has one `Bounds`. Once a bound of the run is reached, no case sends any
more: the rest is not verified, by that one reason. Only the clean-up may still send, within a
bound of its own.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import ReferenceType, ref

from conformance.harness.reading import READS
from conformance.harness.signals import check_interrupted
from conformance.judge.finding import Blocked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.target import Limits

#: This part of the run's time is for the clean-up, if that is less than its own bound.
_CLEAN_UP_PART = 0.25
#: The part of the cases' time that the clean-up of a slow server takes at most.
_MOST_FOR_CLEAN_UP = 0.5
#: How much the newest answer counts in the time that answers take.
_SMOOTHING = 0.1
#: Two time-outs are enough where the target kept the kit so long: it drips.
_DRIPS_S = 60.0
#: A target that refuses connections may be starting again: so long the kit waits for it.
RESTART_S = 10.0
#: Seconds for one request to a target that was silent, when the clean-up tries once more.
_LAST_TRY_S = 5.0
#: After so many requests in a row whose pauses did not help, the run ends.
_PAUSED_IN_VAIN = 40
# After so many ids or URLs that are too long, the run ends: nothing can be tested with them.
_TOO_LONG = 10
#: Why a run that only reads cannot judge what needs something new on the server.
READ_ONLY = "this needs to create or change something, and --read-only forbids that"
_WORKERS = "PYTEST_XDIST_WORKER_COUNT"
#: A wait looks so often whether the run has ended.
_AWAKE_S = 0.2

# The bounds of the case that runs in this context; the cases keep them alive.
_of_case: ContextVar[ReferenceType[Bounds] | None] = ContextVar("bounds of the case", default=None)


def sleep(seconds: float) -> None:
    """Wait so long in a case, but not beyond the end of the run or of the case.

    Raises what `Bounds.check` raises when the time of the run is over, when it ends for another
    reason, and when it is interrupted. Without a case, only an interruption ends the wait.
    """
    found = _of_case.get()
    bounds = found() if found else None
    check = bounds.check if bounds is not None else check_interrupted
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        check()
        threading.Event().wait(min(left, _AWAKE_S))


class RunEnded(Blocked):
    """A bound of the run is reached, or the target stopped answering: nothing more is sent."""


@dataclass
class _Silence:
    """Time-outs in a row, of requests one after the other; seconds on the monotonic clock."""

    first: float
    last: float = 0.0
    count: int = 0


class Bounds:
    """The bounds of one process; `ended` says why the run ended early, or is empty.

    Every method may be called from several threads.
    """

    def __init__(
        self,
        limits: Limits,
        waits_s: float = 0.0,
        *,
        longer_s: float = 0.0,
        read_only: bool = False,
    ) -> None:
        """Start the clock of the run.

        Args:
            limits: The limits of the target.
            waits_s: How long a case may wait for an expiry; that adds to its time.
            longer_s: What the user adds to the time of the run for such waits.
            read_only: Whether nothing may be created or changed.
        """
        self._read_only = read_only
        self.limits = limits
        self.ended = ""
        self._waits_s = waits_s
        self._share = 1 / max(int(os.environ.get(_WORKERS) or 1), 1)
        self._lock = threading.Lock()
        self._reserve_s = min(limits.clean_up, limits.run * _CLEAN_UP_PART)
        self._due = time.monotonic() + limits.run - self._reserve_s + longer_s
        #: Returns the seconds that the clean-up would need at this moment.
        self.owed_s: Callable[[], float] = lambda: 0.0
        # Cases may run beside each other, each in its own context.
        self._case_due: ContextVar[float | None] = ContextVar("case_due", default=None)
        self._halted = False
        self._cleaning = False
        self._used: Counter[str] = Counter()
        self._silences: dict[str, _Silence] = {}
        self._closed: dict[str, str] = {}
        self._gone = False
        self._fell_silent = False
        self._in_vain = 0
        #: How many requests got no answer at all.
        self.unanswered = 0
        #: The seconds that the last answers of the target took, smoothed.
        self.answer_s = 0.0

    # The run and its cases

    def end(self, reason: str) -> None:
        """End the run: the first reason counts."""
        with self._lock:
            self.ended = self.ended or reason

    def fall_silent(self, reason: str) -> None:
        """End the run: the target does not answer any more."""
        self.end(reason)
        self._fell_silent = True

    def begin_cases(self) -> None:
        """Forget what the clean-up of earlier runs found: now the cases begin."""
        with self._lock:
            self._closed.clear()
            self._silences.clear()
            self.ended, self._fell_silent = "", False

    def begin_case(self) -> None:
        """Start the clock of a case; raises `RunEnded` where no case may begin any more."""
        _of_case.set(ref(self))
        self._case_due.set(time.monotonic() + self.limits.case + self._waits_s)
        self.check()

    def clean_up(self) -> None:
        """Start the clean-up: it may send although the run has ended, within its own bound."""
        self._cleaning = True
        self._gone = False
        self._closed.clear()
        self._due = time.monotonic() + self.limits.clean_up + self._more_s
        self._halted = False

    def halt(self) -> None:
        """Let no case send any more: the session ends before they do."""
        self._halted = True

    @property
    def left_s(self) -> float:
        """The seconds that are left for the cases, or for the clean-up once it began."""
        kept_s = 0.0 if self._cleaning else self._more_s
        return max(self._due - kept_s - time.monotonic(), 0.0)

    @property
    def _more_s(self) -> float:
        """The seconds that the clean-up of a slow server needs beyond its usual bound."""
        most = (self.limits.run - self._reserve_s) * _MOST_FOR_CLEAN_UP
        return min(max(self.owed_s() - self._reserve_s, 0.0), most)

    def check(self) -> None:
        """Raise what forbids one more request.

        Raises:
            RunEnded: The run has ended.
            Blocked: The case took too long.
            KeyboardInterrupt: An interruption got lost where Python cannot raise it.
        """
        now = time.monotonic()
        if self._cleaning:
            if now > self._due:
                raise RunEnded(limit="the clean-up took too long: see --cleanup-timeout")
            return
        check_interrupted()
        if now > self._due - self._more_s:
            self.end(f"the run and its clean-up may take {self.limits.run:g} s: see --max-time")
        if self.ended or self._halted:
            raise RunEnded(limit=self.ended or "the session ended")
        due = self._case_due.get()
        if due is not None and now > due:
            raise Blocked(
                limit=f"the case took longer than {self.limits.case:g} s: see --case-timeout"
            )

    def may_send(self, method: str) -> None:
        """Raise `Blocked` for a method that may write, where the run only reads."""
        if self._read_only and method not in READS:
            raise Blocked(limit=READ_ONLY)

    # What requests use

    def sends(self, stored: int = 0) -> None:
        """Count a request before it is sent; `stored` are the bytes that it stores."""
        self.check()
        self._use("requests", 1, self.limits.requests, "sent more than {:,.0f} requests",
                  "--max-requests")  # fmt: skip
        if stored:
            self._use("stored", stored, self.limits.stored_bytes, "stored more than {:,.0f} bytes",
                      "--max-stored-bytes")  # fmt: skip
        if not self._cleaning:
            self.check()

    @property
    def stored_bytes(self) -> int:
        """The bytes that this process sent to the storage."""
        return self._used["stored"]

    @contextmanager
    def creating(self) -> Iterator[Callable[[bool], None]]:
        """Count a thing that the request inside creates; the function is told whether it did.

        Raises `RunEnded` where the run would make more than it may.
        """
        most = self.limits.created
        if most is None:
            yield lambda _: None
            return
        with self._lock:
            self._used["created"] += 1
            over = self._used["created"] > most * self._share
        if over:
            self.end(f"the run made {most:,} uploads or posts: see --max-created")
            raise RunEnded(limit=self.ended)
        made = [True]  # where no answer came, it may have been done
        try:
            yield lambda did: made.__setitem__(0, did)
        finally:
            if not made[0]:
                with self._lock:
                    self._used["created"] -= 1

    def keeps(self, received: int) -> None:
        """Count the bytes of an answer that stay in memory; the next request may not be sent."""
        self._use("kept", received, self.limits.kept_bytes,
                  "received more than {:,.0f} bytes that it keeps", "--max-kept-bytes")  # fmt: skip

    def too_long(self, reason: str) -> None:
        """Refuse a URL that is too long; after a few of them the run ends."""
        with self._lock:
            self._used["too long"] += 1
            over = self._used["too long"] > _TOO_LONG
        if over:
            self.end(reason)
        raise Blocked(limit=reason)

    def may_retry(self) -> bool:
        """Count a request that is sent again after a pause; False beyond the bound of the run."""
        with self._lock:
            self._used["retries"] += 1
            return self._used["retries"] <= self.limits.retries * self._share

    def _use(self, what: str, amount: int, most: int, words: str, flag: str) -> None:
        with self._lock:
            self._used[what] += amount
            over = self._used[what] > most * self._share
        if over and not self._cleaning:
            self.end(f"the run {words.format(most)}: see {flag}")

    # Whether the target answers

    @property
    def whole_s(self) -> float:
        """The seconds for a whole request: few for a silent target that the clean-up asks again."""
        if not self._cleaning:
            return self.limits.whole
        return min(self.limits.whole, _LAST_TRY_S if self._fell_silent else self.left_s + 1)

    def open(self, *keys: str) -> None:
        """Raise `Blocked` for an operation or a host that never answers any more."""
        for key in keys:
            if key in self._closed:
                raise Blocked(limit=self._closed[key])

    def answered(self, *keys: str) -> None:
        """Note that a target answered, and an operation of it; each is named by its words."""
        self._gone = False
        with self._lock:
            for key in keys:
                self._silences.pop(key, None)

    def took(self, seconds: float) -> None:
        """Note how long the target took for an answer."""
        self.answer_s += (seconds - self.answer_s) * _SMOOTHING

    def timed_out(self, key: str, began: float) -> str:
        """Note a time-out; return the reason to stop if it is one too many, or an empty text.

        Time-outs of requests at the same time count once: only one after the other shows that
        nothing is answered any more.

        Args:
            key: What did not answer, in words: a host, or an operation.
            began: When the request was sent, on the monotonic clock.
        """
        now = time.monotonic()
        with self._lock:
            silence = self._silences.setdefault(key, _Silence(began))
            if began >= silence.last:
                silence.count, silence.last = silence.count + 1, now
            drips = silence.count > 1 and now - silence.first >= _DRIPS_S
            again = self._cleaning and (self._fell_silent or silence.count > 1)
            if not (silence.count >= self.limits.timeouts or drips or again):
                return ""
            reason = (
                f"{key} did not answer {silence.count} requests in a row in time:"
                " see --max-timeouts and --read-timeout"
            )
            self._closed[key] = reason
            return reason

    def may_return(self, since: float) -> bool:
        """Whether to wait for a target that takes no connections, and took some before."""
        waits = not self._gone and time.monotonic() - since < RESTART_S and self.left_s > 0
        self._gone = self._gone or not waits
        return waits and not self.ended

    def paused(self, *, in_vain: bool) -> None:
        """Note whether the pauses that a target asks for help; end the run if they never do."""
        with self._lock:
            self._in_vain = self._in_vain + 1 if in_vain else 0
            over = self._in_vain >= _PAUSED_IN_VAIN
        if over:
            self.end(
                f"the server asked for longer pauses {_PAUSED_IN_VAIN} times in a row:"
                " see --retry-after"
            )
