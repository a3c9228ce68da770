"""Arrangements: each must succeed, or the case is `Blocked` by the requirement that broke."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from conformance.harness import sample_files
from conformance.judge import expect
from conformance.judge.finding import Blocked, precondition
from conformance.profiles.feedhive.cause import AT_ONCE, Causes
from conformance.profiles.feedhive.library import DEFAULT_LIMIT, listed_items, page_of
from conformance.profiles.feedhive.upload import RESULTING_TYPES, Media, Upload, genuine_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api

CREATE = "FH-CREATE-01"
SUPPORTED_TYPE = "FH-CREATE-02"
PUT = "FH-PUT-01"
COMPLETE = "FH-COMPLETE-01"
LIST = "FH-LIST-01"
GET = "FH-GET-01"
DELETE = "FH-DELETE-01"
LISTED_AT_ONCE = "FH-COMPLETE-03"
KNOWN_TYPE = "FH-GET-SCHEMA"

#: The type of the control request, by whose success create is seen to work.
_CONTROL_TYPE = "image/png"
#: How many uploads are made at once where a case needs many.
_MAKERS = 12


@dataclass(frozen=True)
class Removed:
    """A media item that was deleted, and when, on this machine's monotonic clock."""

    media: Media
    at: float


class Given:
    """What a case builds on."""

    def __init__(self, harness: Harness, api: Api) -> None:
        """Arrange through one api: the target's, or its short-lived twin's."""
        self.api = api
        self.causes = Causes(api)
        self._storage = harness.storage
        #: What this run deleted, in its order.
        self.removed: list[Removed] = []
        self._library: list[Media] = []
        self._control: Upload | None = None
        self._samples: dict[str, Media] = {}
        self._shown: set[str] = set()
        self._late: dict[str, Blocked] = {}

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
            self.working_create()
        name = filename or unique_filename(content_type)
        exchange = self.api.create_upload(name, content_type, caller=caller)
        with precondition(CREATE if control else SUPPORTED_TYPE):
            return upload_of(exchange, content_type, name, caller)

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
        exchange = self._storage.put(upload.url, upload.body, upload.content_type)
        with precondition(PUT):
            expect.stored(exchange)
        return upload

    def media(
        self,
        content_type: str = "image/png",
        body: bytes | None = None,
        *,
        caller: str = "main",
    ) -> Media:
        """Return a completed media item (page, POST /media/uploads/:id/complete)."""
        return self.completed(self.stored_upload(content_type, body, caller=caller))

    def completed(self, upload: Upload) -> Media:
        """Complete a stored upload session."""
        exchange = self.api.complete_upload(upload.id, caller=upload.caller)
        with precondition(COMPLETE):
            expect.success(exchange)
            upload.media_id = expect.text(exchange, "data", "id")
        return Media(upload.media_id, upload)

    def fetched(self, media: Media) -> Exchange:
        """Return the answer that shows a media item (page, GET /media/:id)."""
        exchange = self.api.get_media(media.id, caller=media.upload.caller)
        with precondition(GET), self.causes.of_failed_get(media, exchange):
            expect.success(exchange)
            expect.equal(exchange.at("data", "id"), media.id, "`data.id`", exchange)
        return exchange

    def deleted(self, media: Media) -> Media:
        """Delete a media item (page, DELETE /media/:id)."""
        exchange = self.api.delete_media(media.id, caller=media.upload.caller)
        with precondition(DELETE), self.causes.of_failed_delete(media, exchange):
            expect.success(exchange)
        if media.upload.caller == "main":
            self.removed.append(Removed(media, time.monotonic()))
        return media

    def alike(self, media: Media) -> list[Media]:
        """Return items of the same filename, and of names that begin alike, made after another."""
        name = media.upload.filename
        stem, _, extension = name.rpartition(".")
        names = (name, f"{stem}-2.{extension}", f"{name}.{extension}")
        with ThreadPoolExecutor(max_workers=len(names)) as pool:
            return list(pool.map(self._media_called, names))

    def _media_called(self, name: str) -> Media:
        return self.completed(self.stored(self.created_upload(filename=name)))

    def namesakes(self, filename: str, **bodies: bytes) -> dict[str, Media]:
        """Return a media item of each caller, by their names: made in turns, of one filename."""
        uploads = {who: self.created_upload(filename=filename, caller=who) for who in bodies}
        for who, upload in uploads.items():
            self.stored(upload, bodies[who])
        return {who: self.completed(upload) for who, upload in uploads.items()}

    def library(self, size: int) -> list[Media]:
        """Return at least `size` media items that no case deletes: made once, then shared."""
        if size >= DEFAULT_LIMIT:  # it is made for the list
            self.prompt_list()
        missing = size - len(self._library)
        if missing > 0:
            self._library.append(self.media())  # a broken server is noticed by one, not by many
            with ThreadPoolExecutor(max_workers=_MAKERS) as pool:
                self._library += pool.map(lambda _: self.media(), range(missing - 1))
        return self._library[:]

    def genuine(self, content_type: str) -> bytes:
        """Return a genuine file of a declared type."""
        return genuine_body(content_type)

    def working_create(self) -> Upload:
        """Show once that create works at all, before a case judges what it refuses."""
        if self._control is None:
            self._control = self.created_upload()
        return self._control

    def sample(self, content_type: str = "image/png") -> Media:
        """Return a media item of a type that no case deletes: made once, then shared."""
        if content_type not in self._samples:
            self._samples[content_type] = self.media(content_type)
        return self._samples[content_type]

    def of_each_type(self) -> list[Media]:
        """Return one fresh media item of each supported type (page, supported MIME types)."""
        self.working_create()
        with ThreadPoolExecutor(max_workers=len(RESULTING_TYPES)) as pool:
            return list(pool.map(self.media, RESULTING_TYPES))

    def known_types(self) -> None:
        """Show once that media have one of the three types, before a case judges which."""
        self._show_once(KNOWN_TYPE, self._show_known_type)

    def _show_known_type(self) -> None:
        exchange = self.fetched(self.sample())
        kind = exchange.at("data", "type")
        with precondition(KNOWN_TYPE):
            known = kind in RESULTING_TYPES.values()
            expect.that(known, "`data.type` to be a known one", f"it is {kind!r}", exchange)

    def prompt_list(self) -> None:
        """Show once that new media are listed at once, before a case judges what is listed."""
        self._show_once(LISTED_AT_ONCE, self._show_prompt_list)

    def _show_prompt_list(self) -> None:
        listed_items(self.api)  # which a cache may remember
        media = self.media()
        listed = listed_items(self.api)
        with precondition(LISTED_AT_ONCE):
            expect.that(media.id in listed, "the new media to be listed", "it is not")

    def working_complete(self) -> None:
        """Show once that complete works at all, before a case judges what it refuses."""
        self.sample()

    def working_get(self) -> None:
        """Show once that get works at all, before a case judges what it refuses."""
        self._show_once(GET, lambda: self.fetched(self.sample()))

    def working_delete(self) -> None:
        """Show once that delete works at all, before a case judges what it refuses."""
        self._show_once(DELETE, lambda: self.deleted(self.media()))

    def _show_once(self, row: str, show: Callable[[], object]) -> None:
        """Run what shows a row to hold, until it did; lateness is not looked for twice."""
        if row in self._late:
            raise self._late[row]
        if row in self._shown:
            return
        try:
            show()
        except Blocked as finding:
            if finding.violation and finding.violation.requirement in {AT_ONCE, LISTED_AT_ONCE}:
                self._late[row] = finding
            raise
        self._shown.add(row)

    def working_list(self, caller: str = "main") -> Exchange:
        """Show that the list works at all, before a case judges what it refuses."""
        exchange = self.api.list_media(limit=1, caller=caller)
        with precondition(LIST):
            page_of(exchange)
        return exchange


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
        expires_at=expect.parsed_moment(exchange.at("data", "expires_at")),
        exchange=exchange,
        caller=caller,
    )
