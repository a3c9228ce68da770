"""Things that wait while the other cases run, and are then used as if no time had passed.

Until an upload session expires, it is as good as a new one (page, upload workflow), and the
documents name no life of a cursor. The seed chooses the types, and the order of the steps.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from conformance.harness.bounds import sleep
from conformance.harness.concurrency import parallel
from conformance.harness.expiry import MISSED_S, life_s
from conformance.harness.retry import AnswerLost
from conformance.harness.sequences import with_steps
from conformance.judge.finding import Blocked, Finding, Violation, precondition
from conformance.profiles.feedhive.given import COMPLETE, PUT
from conformance.profiles.feedhive.library import DEFAULT_LIMIT, LIST, page_of
from conformance.profiles.feedhive.upload import RESULTING_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.library import Page
    from conformance.profiles.feedhive.upload import Upload

#: So many seconds everything waits at least, from the standard effort on.
WAITS_S = 25.0
_CURSOR = "FH-LIST-10"
# How often a page is asked for that ends with an item which stays.
_TRIES = 4


@dataclass
class Waiting:
    """What waits: sessions of each caller with and without their file, and a cursor.

    `notice` keeps a finding of another requirement.
    """

    given: Given
    callers: Sequence[str]
    seed: int
    notice: Callable[[Violation], object]
    waits_s: float = WAITS_S
    steps: list[str] = field(default_factory=list)
    _uploads: list[Upload] = field(default_factory=list)
    _cursor: str | None = None
    _since: float = 0.0
    _used: bool = False
    _failed: Finding | None = None

    def begin(self) -> None:
        """Make what waits; a failure is raised when it is used."""
        self.steps, self._failed = [], None
        try:
            self._make()
        except Finding as finding:
            self._failed = finding
        self._since = time.monotonic()

    def _make(self) -> None:
        self.given.working.create()  # a broken server is then noticed once
        types = self._drawn().sample(list(RESULTING_TYPES), 2 * len(self.callers))
        turns = list(zip(types, [*self.callers, *self.callers], strict=True))
        with_file, without = turns[: len(self.callers)], turns[len(self.callers) :]
        self._uploads = [
            *parallel(lambda turn: self.given.stored_upload(turn[0], caller=turn[1]), with_file),
            *parallel(lambda turn: self.given.created_upload(turn[0], caller=turn[1]), without),
        ]
        for upload in self._uploads:
            file = "store its file" if upload.body else "store no file"
            self.steps.append(f"open {_named(upload)}, and {file}")
        self._cursor = self._first_cursor()

    def _drawn(self) -> Random:
        return Random(self.seed)  # noqa: S311 - a seed repeats the steps

    def _first_cursor(self) -> str | None:
        """Return the cursor of a page that ends with an item which stays; None without one.

        Others make and delete items meanwhile, and a cursor may end with its item.
        """
        stay = {media.id for media in parallel(self.given.media, ["image/png", "image/gif"])}
        self.steps.append("list the newest items up to one that stays, and keep the cursor")
        for _ in range(_TRIES):
            newest = self._page(DEFAULT_LIMIT).ids
            place = next((place for place, one in enumerate(newest) if one in stay), 0)
            page = self._page(place + 1)
            if page.ids and page.ids[-1] in stay:
                return page.next_cursor
        return None

    def _page(self, limit: int) -> Page:
        with precondition(LIST):
            return page_of(self.given.api.list_media(limit=limit))

    def use(self) -> None:
        """Wait until everything is old enough, and use it; raises what is not as it was.

        Raises:
            Violation: A session cannot be completed any more, though a new one can.
            Blocked: Nothing could be made, or nothing of it is alive.
        """
        if self._used:
            self.begin()  # the case runs again
        self._used = True
        if self._failed is not None:
            raise self._failed
        sleep(self._since + self.waits_s - time.monotonic())
        self.steps.append(f"{time.monotonic() - self._since:.0f} seconds pass")
        alive = [upload for upload in self._uploads if _is_alive(upload)]
        if not alive:
            raise Blocked(limit="every upload session had expired when the other cases were done")
        self._drawn().shuffle(alive)
        self._go_on_with_the_cursor()
        for upload in alive:
            self._finish(upload)

    def _finish(self, upload: Upload) -> None:
        how = "complete" if upload.body else "store the file and complete"
        self.steps.append(f"{how} {_named(upload)}")
        try:
            self.given.completed(upload if upload.body else self.given.stored(upload))
        except AnswerLost:
            return  # nobody knows what the server did
        except Blocked as blocked:
            violation = blocked.violation
            if violation is None or violation.requirement not in {COMPLETE, PUT}:
                raise
            # Raises `Blocked` itself where no session can be completed now.
            self.given.media(upload.content_type, caller=upload.caller)
            wanted = f"{_named(upload)} to be as good as a new one until it expires"
            found = Violation(wanted, violation.actual, violation.exchange)
            raise with_steps(found, self.steps) from blocked

    def _go_on_with_the_cursor(self) -> None:
        """List with the old cursor; note a refusal if a new cursor is accepted."""
        if self._cursor is None:
            return
        self.steps.append("list with the cursor")
        api = self.given.api
        late = api.list_media(limit=1, cursor=self._cursor)
        if not late.refuses:
            return
        with precondition(LIST):
            new = page_of(api.list_media(limit=1)).next_cursor
        if new == self._cursor or (new and api.list_media(limit=1, cursor=new).succeeded):
            wanted = f"the cursor to be accepted after {self.waits_s:.0f} seconds, as a new one is"
            found = Violation(wanted, f"it was {late.summary()}", late, _CURSOR)
            self.notice(found)


def _named(upload: Upload) -> str:
    return f"an upload of {upload.content_type} as {upload.caller}"


def _is_alive(upload: Upload) -> bool:
    """Whether a session has certainly not expired yet, by its own announcement."""
    life = life_s(upload.exchange, upload.expires_at, upload.signed)
    return life is not None and time.time() - upload.exchange.started < life - MISSED_S
