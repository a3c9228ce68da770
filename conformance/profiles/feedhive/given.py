"""Arrangements: each must succeed, or the case is `Blocked` by the requirement that failed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from conformance.harness import sample_files, upload_url
from conformance.harness.bounds import sleep
from conformance.harness.concurrency import parallel
from conformance.harness.once import Once
from conformance.harness.retry import AnswerLost
from conformance.judge import expect
from conformance.judge.finding import Blocked, Violation, precondition
from conformance.model.moment import parsed_moment
from conformance.profiles.feedhive.cause import AT_ONCE, Causes
from conformance.profiles.feedhive.library import (
    LIST,
    LISTED_WITHIN_S,
    Arrivals,
    listed_items,
    page_of,
)
from conformance.profiles.feedhive.lost_answers import found_media
from conformance.profiles.feedhive.shared_media import SharedMedia
from conformance.profiles.feedhive.surplus import Surplus
from conformance.profiles.feedhive.upload import RESULTING_TYPES, Media, Upload, genuine_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api

CREATE = "FH-CREATE-01"
SUPPORTED_TYPE = "FH-CREATE-02"
UPLOAD_URL = "FH-CREATE-14"
PUT = "FH-PUT-01"
COMPLETE = "FH-COMPLETE-01"
GET = "FH-GET-01"
DELETE = "FH-DELETE-01"
LISTED = "FH-COMPLETE-03"
KNOWN_TYPE = "FH-GET-SCHEMA"

#: The type of the control request: its success shows that create works.
_CONTROL_TYPE = "image/png"
_UNAUTHORIZED = 401
# A delete that is sent again gets one of these when its first try has done it.
_GONE = frozenset({404, 409, 410})
_EXPIRED = "the answers took so long that the upload session was over before its complete"
# How often the kit looks whether a list has changed.
_LOOK_S = 0.2


@dataclass(frozen=True)
class Removed:
    """A media item that was deleted, and when, on this machine's monotonic clock."""

    media: Media
    at: float


class Given:
    """The arrangements that a case builds on, made through one api: the target's or its twin's."""

    def __init__(self, harness: Harness, api: Api) -> None:
        self.api = api
        self.causes = Causes(api)
        self._arrivals = Arrivals(api)
        # The requirements whose lists never were as they must be.
        self._impatient: set[str] = set()
        self.working = Working(self)
        show_a_list = self.working.growing_list
        self._shared = {
            caller: SharedMedia(partial(self._kept_media, caller=caller), self.deleted, show_a_list)
            for caller in ("main", "other")
        }
        #: The media that this run deleted, in order.
        self.removed: list[Removed] = []
        self._storage = harness.storage
        self._transcript = harness.transcript
        self._surplus = Surplus(harness, api, self.shared)
        if api.instance == "main":
            harness.before_readers.append(self._surplus.hand_over)
            harness.before_alone.append(self._surplus.reduce)

    @property
    def shared(self) -> SharedMedia:
        """What the cases share that need items of the first caller."""
        return self._shared["main"]

    def shared_by(self, caller: str) -> SharedMedia:
        """Return what the cases share that need items of a caller."""
        return self._shared[caller]

    def created_upload(
        self,
        content_type: str = "image/png",
        filename: str | None = None,
        *,
        caller: str = "main",
    ) -> Upload:
        """Return a fresh upload session (page, POST /media/uploads)."""
        control = content_type == _CONTROL_TYPE
        if not control:
            self.working.create()
        name = filename or unique_filename(content_type)
        exchange = self.api.create_upload(name, content_type, caller=caller)
        with precondition(CREATE if control else SUPPORTED_TYPE):
            upload = upload_of(exchange, content_type, name, caller)
        with precondition(UPLOAD_URL):
            expect.url(exchange, "data", "upload_url")
        return upload

    def stored_upload(
        self,
        content_type: str = "image/png",
        body: bytes | None = None,
        *,
        caller: str = "main",
    ) -> Upload:
        """Return an upload session whose bytes are on the storage (page, upload workflow)."""
        upload = self.created_upload(content_type, caller=caller)
        return self.stored(upload, body)

    def stored(self, upload: Upload, body: bytes | None = None) -> Upload:
        """Store a genuine body, or the one given, in an upload session."""
        upload.body = genuine_body(upload.content_type) if body is None else body
        try:
            exchange = self._storage.put(upload.url, upload.body, upload.content_type)
        except AnswerLost:  # a storage that takes one PUT per URL has the bytes of the first
            return upload
        with precondition(PUT):
            upload_url.was_stored(exchange, upload)
        return upload

    def media(
        self,
        content_type: str = "image/png",
        body: bytes | None = None,
        *,
        caller: str = "main",
    ) -> Media:
        """Return a completed media item (page, POST /media/uploads/:id/complete).

        A complete whose answer was lost, and whose media cannot be found, is tried once more
        with another session.
        """
        self.api.limits.make_room(caller)
        upload = self.stored_upload(content_type, body, caller=caller)
        try:
            return self.completed(upload)
        except AnswerLost:
            return self.completed(self.stored_upload(content_type, body, caller=caller))

    def _kept_media(self, content_type: str, caller: str) -> Media:
        """Return a media item that stays although the case which made it is over."""
        media = self.media(content_type, caller=caller)
        self.api.spare.keep(media.id)
        return media

    def completed(self, upload: Upload, *, listed: bool = True) -> Media:
        """Complete a stored upload session, and wait for the media where the list lags.

        `listed` is False where a case judges the list at once.
        """
        if listed:
            self._arrivals.expect_one()
        upload.media_id = self._media_id(upload)
        if listed:
            self._arrivals.wait(upload.media_id, upload.caller)
        return self._surplus.noted(Media(upload.media_id, upload))

    def _media_id(self, upload: Upload) -> str:
        """Complete an upload session, and return the id of the media, also of a lost answer."""
        try:
            exchange = self.api.complete_upload(upload.id, caller=upload.caller)
        except AnswerLost:
            found = found_media(self.api, self._storage, upload)
            if found is None:
                raise
            return found
        if exchange.refuses and _may_have_expired(upload):
            raise Blocked(limit=_EXPIRED)
        upload_url.is_within_limits(exchange, upload)
        with precondition(COMPLETE):
            expect.success(exchange)
            return expect.text(exchange, "data", "id")

    def in_time(
        self, judge: Callable[[], None], within_s: float = LISTED_WITHIN_S, row: str = ""
    ) -> None:
        """Judge a list until it is as it must be, for some seconds at most.

        After one list that never was, there is only one look for the same requirement: `row`, or
        that of the case.
        """
        row = row or self._transcript.course.requirement
        deadline = time.monotonic() + (0.0 if row in self._impatient else within_s)
        while True:
            try:
                judge()
            except Violation:
                if time.monotonic() >= deadline:
                    self._impatient.add(row)
                    raise
                sleep(_LOOK_S)
            else:
                return

    def listed(self, *media: Media, caller: str = "main") -> dict[str, dict[str, Any]]:
        """Return the listed items of a caller by id, with some that must be among them.

        `Blocked` by FH-COMPLETE-03 when one is not there in time.
        """
        found: dict[str, dict[str, Any]] = {}

        def judge() -> None:
            found.update(listed_items(self.api, caller=caller))
            missing = sorted({one.id for one in media} - found.keys())
            wanted = f"every new item to be listed within {LISTED_WITHIN_S:.0f} seconds"
            expect.that(not missing, wanted, f"{len(missing)} are not listed")

        with precondition(LISTED):
            self.in_time(judge, row=LISTED)
        return found

    def fetched(self, media: Media) -> Exchange:
        """Return the answer that shows a media item (page, GET /media/:id)."""
        exchange = self.api.get_media(media.id, caller=media.upload.caller)
        with precondition(GET), self.causes.of_failed_get(media, exchange):
            expect.success(exchange)
            expect.equal(exchange.at("data", "id"), media.id, "`data.id`", exchange)
        return exchange

    def deleted(self, media: Media) -> Media:
        """Delete a media item (page, DELETE /media/:id)."""
        try:
            exchange = self.api.delete_media(media.id, caller=media.upload.caller)
            with precondition(DELETE), self.causes.of_failed_delete(media, exchange):
                expect.success(exchange)
        except AnswerLost as lost:
            if lost.exchange.status not in _GONE:
                raise
        if media.upload.caller == "main":
            self.removed.append(Removed(media, time.monotonic()))
        return media

    def namesakes(self, filename: str, **bodies: bytes) -> dict[str, Media]:
        """Return a media item of each caller, by caller: all of one filename, made in turns."""
        uploads = {who: self.created_upload(filename=filename, caller=who) for who in bodies}
        for who, upload in uploads.items():
            self.stored(upload, bodies[who])
        return {who: self.completed(upload) for who, upload in uploads.items()}

    def genuine(self, content_type: str) -> bytes:
        """Return a genuine file of a declared type."""
        return genuine_body(content_type)

    def refused_for_its_body(self, exchange: Exchange) -> None:
        """Judge that a create with a valid key is refused because of its body.

        A 401 refuses the key, so the body was not judged. `Blocked` when the key is not
        accepted any more.
        """
        expect.refused(exchange)
        if exchange.status == _UNAUTHORIZED:
            again = self.api.create_upload(unique_filename(_CONTROL_TYPE), _CONTROL_TYPE)
            if not again.succeeded:
                raise Blocked(limit="the server does not accept the key any more (401)")
            expect.violated("a refusal of the body", "it was a 401 for a valid key", exchange)

    def of_each_type(self) -> list[Media]:
        """Return one fresh media item of each supported type (page, supported MIME types)."""
        self.working.create()
        return parallel(self.media, RESULTING_TYPES)


class Working:
    """Controls: each shows once that an operation works, before a case judges what it refuses."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._control: Upload | None = None
        self._once = Once()
        self._shown: set[str] = set()
        self._late: dict[str, Blocked] = {}

    def create(self) -> Upload:
        """Show once that create works; return the upload session that shows it."""
        with self._once.making("create"):
            if self._control is None:
                self._control = self._given.created_upload()
                self._given.api.spare.keep(self._control.id)  # it stays open for all cases
            return self._control

    def complete(self) -> None:
        """Show once that complete works."""
        self._given.shared.sample()

    def get(self) -> None:
        """Show once that get works."""
        self._show_once("get", lambda: self._given.fetched(self._given.shared.sample()))

    def delete(self) -> None:
        """Show once that delete works."""
        self._show_once("delete", lambda: self._given.deleted(self._given.media()))

    def list(self, caller: str = "main") -> Exchange:
        """Show that the list works for a caller, and return its first page."""
        exchange = self._given.api.list_media(limit=1, caller=caller)
        with precondition(LIST):
            page_of(exchange)
        return exchange

    def growing_list(self) -> None:
        """Show once that new media are listed, before a case judges a list."""
        self._show_once("growing list", self._list_a_new_media)

    def known_types(self) -> None:
        """Show once that media have one of the three types, before a case judges which."""
        self._show_once("known types", self._report_a_known_type)

    def _list_a_new_media(self) -> None:
        self._given.listed(self._given.media())

    def _report_a_known_type(self) -> None:
        exchange = self._given.fetched(self._given.shared.sample())
        kind = exchange.at("data", "type")
        with precondition(KNOWN_TYPE):
            known = kind in RESULTING_TYPES.values()
            wanted = f"`data.type` to be one of {', '.join(sorted(set(RESULTING_TYPES.values())))}"
            expect.that(known, wanted, f"it is {expect.shown(kind)}", exchange)

    def _show_once(self, control: str, show: Callable[[], object]) -> None:
        """Run a control until it succeeded once; a server that is late is not asked twice."""
        with self._once.making(control):
            self._show(control, show)

    def _show(self, control: str, show: Callable[[], object]) -> None:
        if control in self._late:
            raise self._late[control]
        if control in self._shown:
            return
        try:
            show()
        except Blocked as finding:
            if finding.violation and finding.violation.requirement in {AT_ONCE, LISTED}:
                self._late[control] = finding
            raise
        self._shown.add(control)


def _may_have_expired(upload: Upload) -> bool:
    """Whether the life of an upload, as its URL tells it, is over since its create was sent."""
    life = upload.signed.lifetime_s
    return life is not None and time.time() - upload.exchange.started > life


def unique_filename(content_type: str) -> str:
    """Return a file name that nobody else uses."""
    return f"conformance-{uuid4().hex[:12]}.{sample_files.extension(content_type)}"


def upload_of(exchange: Exchange, content_type: str, filename: str, caller: str = "main") -> Upload:
    """Judge that an answer is an upload session (FH-CREATE-01), and return it."""
    expect.success(exchange)
    return Upload(
        id=expect.text(exchange, "data", "upload_id"),
        url=expect.text(exchange, "data", "upload_url"),
        content_type=content_type,
        filename=filename,
        expires_at=parsed_moment(exchange.at("data", "expires_at")),
        exchange=exchange,
        caller=caller,
    )
