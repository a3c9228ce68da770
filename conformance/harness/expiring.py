"""Uploads that expire while other cases run, and what is sent late in their lives."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Generic, TypeVar

from conformance.harness.bounds import sleep
from conformance.harness.concurrency import parallel
from conformance.harness.expiry import EXPIRY_MARGIN_S, MISSED_S, server_time
from conformance.harness.pace import paced
from conformance.judge.finding import Blocked, Finding, NotApplicable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.harness.expiry import Deadline
    from conformance.model.exchange import Exchange

#: The kind of upload that is kept for a PUT late in its life.
LATE = "for a late PUT"
#: The kind of upload whose file is stored at once, for a complete late in its life.
STORED_EARLY = "for a late complete"
# What is sent late.
_LATE_PUT, _LATE_COMPLETE, _OVERDUE = "the late PUT", "the late complete", "the overdue complete"
# Seconds between two looks whether it was answered.
_LOOK_S = 0.1

U = TypeVar("U")


class Expiring(Generic[U]):
    """One upload for each case that waits, all begun at the start of a session."""

    def __init__(
        self,
        kinds: Mapping[str, Callable[[], U]],
        announced: Callable[[U], Deadline],
        put: Callable[[U], Exchange],
        bound: float,
        complete: Callable[[U], Exchange] | None = None,
    ) -> None:
        """Keep the functions by which the uploads are made.

        Args:
            kinds: How to make an upload of each kind; one of the kinds is `LATE`.
            announced: How to read the deadline of an upload.
            put: How to send a file to an upload.
            bound: How many seconds a case waits at most.
            complete: How to complete an upload; then one of the kinds is `STORED_EARLY`.
        """
        self._kinds = kinds
        self._announced = announced
        self._put = put
        self._bound = bound
        self._complete = complete
        self._begun: dict[str, tuple[U, Deadline] | Finding] = {}
        self._sent: dict[str, Future[Exchange]] = {}

    def begin(self) -> None:
        """Make all the uploads, and start the thread that uses two of them late."""
        parallel(self._begin, self._kinds, within=paced)
        self._sent = {name: Future() for name in (_LATE_PUT, _LATE_COMPLETE, _OVERDUE)}
        threading.Thread(target=self._send_late, daemon=True).start()

    def expired(self, kind: str) -> U:
        """Wait until the upload of a kind has certainly expired, and return it."""
        upload, deadline = self._found(kind)
        _wait_until(deadline.due + EXPIRY_MARGIN_S)
        return upload

    def also_expired(self, kind: str) -> U:
        """As `expired`, for a case whose requirement has others, which need no wait.

        Raises:
            NotApplicable: This run does not wait until an upload expires.
        """
        try:
            return self.expired(kind)
        except Blocked as blocked:
            if blocked.limit is None:
                raise
            raise NotApplicable(blocked.limit) from blocked

    def over(self) -> None:
        """Wait until every upload that was begun has expired; return at once when none was."""
        for found in list(self._begun.values()):
            if not isinstance(found, Finding):
                _wait_until(found[1].due + EXPIRY_MARGIN_S)

    def late_put(self) -> Exchange:
        """Wait for the PUT that is sent late in the life of its URL, and return it."""
        if not self._sent:
            raise Blocked(capability="wait")
        return self._awaited(_LATE_PUT)

    def late_complete(self) -> Exchange:
        """Wait for the complete of a stored upload late in its life, and return it.

        Raises:
            NotApplicable: No upload was waited for, or the complete came too late.
        """
        if not self._sent:
            raise NotApplicable("this run waits for no upload: pass --max-wait")
        return self._awaited(_LATE_COMPLETE)

    def overdue_complete(self) -> Exchange:
        """Wait for the complete that follows the late PUT after the expiry, and return it.

        Raises:
            NotApplicable: No PUT succeeded late.
        """
        if not self._sent:
            raise Blocked(capability="wait")
        return self._awaited(_OVERDUE)

    def _awaited(self, name: str) -> Exchange:
        until = time.monotonic() + self._bound
        while not self._sent[name].done():
            if time.monotonic() > until:
                raise Blocked(limit=f"{name} was not answered in time")
            sleep(_LOOK_S)
        return self._sent[name].result()

    def _begin(self, kind: str) -> None:
        try:
            upload = self._kinds[kind]()
            self._begun[kind] = upload, self._announced(upload)
        except Finding as finding:
            self._begun[kind] = finding

    def _found(self, kind: str) -> tuple[U, Deadline]:
        if kind not in self._kinds:
            raise NotApplicable(f"there is no upload {kind}")
        if kind not in self._begun:
            self._begin(kind)
        found = self._begun[kind]
        if isinstance(found, Finding):
            raise found
        return found

    def _send_late(self) -> None:
        for name, send in {
            _LATE_PUT: self._put_late,
            _LATE_COMPLETE: self._complete_late,
            _OVERDUE: self._complete_overdue,
        }.items():
            try:
                self._sent[name].set_result(send())
            except Exception as error:  # noqa: BLE001 - the waiting case raises it
                self._sent[name].set_exception(error)

    def _put_late(self) -> Exchange:
        upload, deadline = self._found(LATE)
        _wait_until(deadline.late)
        return self._put_in_time(upload, deadline)

    def _complete_late(self) -> Exchange:
        if self._complete is None:
            raise NotApplicable("these uploads are not completed")
        upload, deadline = self._found(STORED_EARLY)
        _wait_until(deadline.late)
        exchange = self._complete(upload)
        if not exchange.succeeded and time.monotonic() > deadline.surely_open:
            raise NotApplicable("the complete could not be sent in time")
        return exchange

    def _complete_overdue(self) -> Exchange:
        put = self._sent[_LATE_PUT]
        if self._complete is None or put.exception() or not put.result().succeeded:
            raise NotApplicable("no PUT succeeded late in the life of its URL")
        upload, deadline = self._found(LATE)
        _wait_until(deadline.due + EXPIRY_MARGIN_S)
        return self._complete(upload)

    def _put_in_time(self, upload: U, deadline: Deadline) -> Exchange:
        exchange = self._put(upload)
        missed = server_time(exchange) is None and time.monotonic() > deadline.url_due - MISSED_S
        if missed and not exchange.succeeded:
            raise Blocked(
                limit="the late PUT could not be sent in time:"
                " the target or this machine is too slow"
            )
        return exchange


def _wait_until(moment: float) -> None:
    sleep(max(moment - time.monotonic(), 0.0))
