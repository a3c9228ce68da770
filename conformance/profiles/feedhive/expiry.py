"""Uploads that expire while the other cases run, so that nobody waits for one alone."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from conformance.profiles.feedhive.given import Given
from conformance.verdict import Blocked, Finding

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from conformance.examination import Examination
    from conformance.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.upload import Upload

#: Seconds beyond the announced moment before an expiry is judged: storages and servers
#: compare whole seconds, and their clocks are not one.
EXPIRY_MARGIN_S = 1.5
#: Seconds before the announced moment that count as late in the life of an upload.
LATE_S = 1.5
#: Seconds that we wait for a twin at most, whatever it announces.
TWIN_BOUND_S = 120.0


def server_time(exchange: Exchange) -> datetime | None:
    """Return the server's own `Date`, by which its announcements are judged."""
    text = exchange.response.header("date") if exchange.response else None
    try:
        return parsedate_to_datetime(text or "")
    except ValueError:
        return None


@dataclass(frozen=True)
class Deadline:
    """An upload, and when it was announced to expire on this machine's monotonic clock."""

    upload: Upload
    due: float

    @classmethod
    def of(cls, upload: Upload, bound: float) -> Deadline:
        """Read the announced moment; `Blocked` when it lies further off than we may wait."""
        now = server_time(upload.exchange)
        if upload.expires_at is not None and now is not None:
            # A Date without fractions may be almost a second old already.
            remaining = (upload.expires_at - now).total_seconds()
        else:
            remaining = float(upload.signed.lifetime_s or 600)
        if remaining + EXPIRY_MARGIN_S > bound:
            needed = int(remaining + EXPIRY_MARGIN_S) + 1
            raise Blocked(
                limit=f"uploads live {remaining:.0f} s, longer than this run waits:"
                f" pass --max-wait {needed}, or --short-lived-url"
            )
        return cls(upload, time.monotonic() + remaining)

    def wait_until_late(self) -> None:
        """Wait until shortly before the announced moment."""
        _wait_until(self.due - LATE_S)

    def passed(self) -> Upload:
        """Wait until the announced moment has passed, and return the expired upload."""
        _wait_until(self.due + EXPIRY_MARGIN_S)
        return self.upload


class Expiring:
    """One upload for each case that waits, begun together at the start of the session."""

    def __init__(self, examination: Examination, given: Given, *, begin: bool) -> None:
        """Create the uploads on the short-lived twin if there is one, else on the target."""
        target = examination.target
        self.api: Api = examination.twin() if target.short_lived_url else given.api
        self.given = Given(examination, self.api) if target.short_lived_url else given
        self._bound = TWIN_BOUND_S if target.short_lived_url else target.max_wait
        self._kinds: dict[str, Callable[[], Upload]] = {
            "bare": self.given.created_upload,
            "bare for a late PUT": self.given.created_upload,
            "stored": self.given.stored_upload,
            "completed": self._completed,
        }
        self._begun: dict[str, Deadline | Finding] = {}
        self._late: Future[Exchange] | None = None
        if begin and "wait" in target.capabilities:
            examination.transcript.begin("expiry")
            for kind in self._kinds:
                self._begin(kind)
            self._late = self._begin_late_put(examination)

    def _begin_late_put(self, examination: Examination) -> Future[Exchange]:
        """Let a thread of its own keep the appointment: the cases must not miss it."""
        outcome: Future[Exchange] = Future()

        def keep_appointment() -> None:
            try:
                deadline = self.deadline("bare for a late PUT")
                deadline.wait_until_late()
                upload = deadline.upload
                body = self.given.genuine(upload.content_type)
                put = examination.storage.put
                outcome.set_result(put(upload.url, body, upload.content_type))
            except Exception as error:  # noqa: BLE001 - the waiting case raises it
                outcome.set_exception(error)

        threading.Thread(target=keep_appointment, daemon=True).start()
        return outcome

    def late_put(self) -> Exchange:
        """Return the PUT that was sent late in the life of its URL."""
        if self._late is None:
            raise Blocked(capability="wait")
        return self._late.result(self._bound)

    def _completed(self) -> Upload:
        return self.given.media().upload

    def _begin(self, kind: str) -> None:
        try:
            self._begun[kind] = Deadline.of(self._kinds[kind](), self._bound)
        except Finding as finding:
            self._begun[kind] = finding

    def deadline(self, kind: str) -> Deadline:
        """Return the upload of a kind with its deadline, or raise why there is none."""
        if kind not in self._begun:
            self._begin(kind)
        found = self._begun[kind]
        if isinstance(found, Finding):
            raise found
        return found


def _wait_until(moment: float) -> None:
    threading.Event().wait(max(moment - time.monotonic(), 0.0))
