"""What a user of `conformance load` does with FeedHive, again and again.

It judges no more than that what must succeed is not refused. The oracles judge every answer.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from conformance.harness.concurrency import parallel
from conformance.harness.retry import even_if_lost, lost
from conformance.judge import expect
from conformance.judge.finding import precondition
from conformance.profiles.feedhive.given import (
    COMPLETE,
    CREATE,
    PUT,
    SUPPORTED_TYPE,
    unique_filename,
    upload_of,
)
from conformance.profiles.feedhive.library import walk
from conformance.profiles.feedhive.upload import RESULTING_TYPES, genuine_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.harness.crowd import Crowd
    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.upload import Upload

_TYPES = tuple(RESULTING_TYPES)
# So many media of a user stay at most, so that a list has several. Others keep fewer.
_KEPT = 3
# A session is completed twice at the same time in each third round, and one without a file in each
# fourth.
_TWICE, _EARLY = 3, 4
_LIMITS = (None, 1, 2, 100)
_UNSUPPORTED = {"filename": "notes.txt", "content_type": "text/plain"}


class Journeys:
    """The journeys of the users of one process."""

    def __init__(self, harness: Harness, crowd: Crowd) -> None:
        self._harness = harness
        self._crowd = crowd

    def of(self, caller: str, number: int) -> Journey:
        """Return the journey of a user; the number makes users begin with other rounds."""
        return Journey(self._harness, self._crowd, caller, number)


class Journey:
    """The lifecycle of media, round after round: create, PUT, complete, get, list, delete."""

    def __init__(self, harness: Harness, crowd: Crowd, caller: str, number: int) -> None:
        self._api = harness.api
        self._storage = harness.storage
        self._crowd = crowd
        self._caller = caller
        self._rounds = count(number)
        self._keeps = number % (_KEPT + 1)
        self._kept: list[str] = []
        self._deleted = ""

    def round(self) -> None:
        """Go round once.

        Raises `Blocked` where something cannot go on, by the violation that an answer shows.
        """
        number = next(self._rounds)
        self._ask_wrongly(number)
        content_type = _TYPES[number % len(_TYPES)]
        if number % _EARLY == 1:  # with a session of its own, which the server may end then
            self._complete(self._opened(content_type))
        upload = self._stored(content_type)
        self._crowd.meet()
        media_id = self._completed(upload, twice=number % _TWICE == 0)
        self._look_at(media_id)
        self._kept.append(media_id)
        self._crowd.shares(self._caller, media_id)
        self._api.list_media(limit=_LIMITS[number % len(_LIMITS)], caller=self._caller)
        self._look_at(self._kept[0])
        foreign = self._crowd.of_another(self._caller)
        if foreign:
            self._api.get_media(foreign, caller=self._caller, at_once=True)
        while len(self._kept) > self._keeps:
            self._delete(self._kept.pop(0))

    def _ask_wrongly(self, number: int) -> None:
        """Send one request that the server must refuse, or none."""
        api, caller = self._api, self._caller
        wrong: tuple[Callable[[], object], ...] = (
            lambda: api.send_create({**_UNSUPPORTED, "content_type": "image/png"}, None),
            lambda: api.send_create(_UNSUPPORTED, caller),
            lambda: api.list_media(caller=None),
            lambda: self._deleted and api.get_media(self._deleted, caller=caller),
            lambda: None,
        )
        wrong[number % len(wrong)]()

    def _opened(self, content_type: str) -> Upload:
        """Return a fresh upload session."""
        name = unique_filename(content_type)
        created = self._api.create_upload(name, content_type, caller=self._caller)
        with precondition(CREATE if content_type == "image/png" else SUPPORTED_TYPE):
            return upload_of(created, content_type, name, self._caller)

    def _stored(self, content_type: str) -> Upload:
        """Return an upload session with a genuine file."""
        upload = self._opened(content_type)
        upload.body = genuine_body(content_type)
        with precondition(PUT):
            expect.accepted(self._storage.put(upload.url, upload.body, content_type))
        return upload

    def _complete(self, upload: Upload) -> Exchange:
        return even_if_lost(lambda: self._api.send_complete(upload.id, caller=self._caller))

    def _completed(self, upload: Upload, *, twice: bool) -> str:
        """Complete a session, and return the id of the media."""
        if twice:
            answers = parallel(lambda _: self._complete(upload), range(2))
            exchange = next((one for one in answers if one.succeeded), None) or _unclear(answers)
        else:
            exchange = self._api.complete_upload(upload.id, caller=self._caller)
        with precondition(COMPLETE):
            expect.success(exchange)
            return expect.text(exchange, "data", "id")

    def _look_at(self, media_id: str) -> None:
        """Fetch a media item, and read its file."""
        fetched = self._api.get_media(media_id, caller=self._caller)
        url = fetched.at("data", "media_url")
        if fetched.succeeded and isinstance(url, str):
            self._storage.read(url)

    def _delete(self, media_id: str) -> None:
        """Delete a media item; it must be gone."""
        deleted = self._api.delete_media(media_id, caller=self._caller)
        if deleted.succeeded:
            self._deleted = media_id
            self._api.get_media(media_id, caller=self._caller)


def _unclear(answers: list[Exchange]) -> Exchange:
    """Return an answer that may have done it, although it does not say so; else the first one."""
    return next((one for one in answers if not one.refuses or lost(one)), answers[0])


def is_settled(harness: Harness, caller: str) -> bool:
    """Read a whole library that nobody changes; return whether its total fits what it shows.

    Raises `Blocked` where the pages cannot be read.
    """
    pages = list(walk(harness.api, caller=caller))
    shown = {media_id for page in pages for media_id in page.ids}
    return all(page.total == len(shown) for page in pages)
