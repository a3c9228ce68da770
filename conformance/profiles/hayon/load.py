"""What a user of `conformance load` does with Hayon, again and again.

It judges that what must succeed is not refused, and that a public file is the one that was stored.
The oracles judge every answer.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from conformance.harness import sample_files
from conformance.judge import expect
from conformance.judge.finding import precondition
from conformance.profiles.hayon import post
from conformance.profiles.hayon.given import (
    ACCEPTANCE,
    ACCEPTED_TYPES,
    POST,
    PUT,
    upload_of,
)
from conformance.profiles.hayon.public import PublicFiles, gives_the_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.harness.crowd import Crowd
    from conformance.harness.harness import Harness
    from conformance.profiles.hayon.given import Upload

PUBLIC = "HY-PUBLIC-01"

# So many files of a user are read again later.
_KEPT = 5
# No operation deletes a post, so there are few.
_POSTS = 10


class Journeys:
    """The journeys of the users of one process; they share what is known of late public files."""

    def __init__(self, harness: Harness, crowd: Crowd) -> None:
        self._harness = harness
        self._crowd = crowd
        self._public = PublicFiles(harness.storage)

    def of(self, caller: str, number: int) -> Journey:
        """Return the journey of a user; the number makes users begin with other rounds."""
        return Journey(self._harness, self._crowd, self._public, caller, number)


class Journey:
    """The lifecycle of a file, round after round: ask, PUT, read the public file, post."""

    def __init__(
        self, harness: Harness, crowd: Crowd, public: PublicFiles, caller: str, number: int
    ) -> None:
        self._harness = harness
        self._api = harness.api
        self._crowd = crowd
        self._public = public
        self._caller = caller
        self._rounds = count(number)
        self._kept: list[Upload] = []

    def round(self) -> None:
        """Go round once.

        Raises `Blocked` where something cannot go on, by the violation that an answer shows.
        """
        number = next(self._rounds)
        self._ask_wrongly(number)
        self._crowd.meet()
        upload = self._stored(ACCEPTED_TYPES[number % len(ACCEPTED_TYPES)])
        self._read(upload)
        if "posts" in self._harness.target.claimed and number % _POSTS == 0:
            self._posted(upload)
        self._kept.append(upload)
        self._read(self._kept[0])
        del self._kept[:-_KEPT]

    def _ask_wrongly(self, number: int) -> None:
        """Send one request that the server must refuse, or none."""
        api, caller = self._api, self._caller
        wrong: tuple[Callable[[], object], ...] = (
            lambda: api.create_media_upload("image/png", caller=None),
            lambda: api.create_media_upload("text/plain", caller=caller),
            lambda: api.create_media_upload(body={}, caller=caller),
            lambda: None,
        )
        wrong[number % len(wrong)]()

    def _stored(self, content_type: str) -> Upload:
        asked = self._api.create_media_upload(content_type, caller=self._caller)
        with precondition(ACCEPTANCE[content_type]):
            upload = upload_of(asked, content_type)
        upload.body = sample_files.unique(content_type)
        with precondition(PUT):
            expect.accepted(self._harness.storage.put(upload.url, upload.body, content_type))
        return upload

    def _read(self, upload: Upload) -> None:
        """Read a file as everybody can, and judge that it is the one that was stored."""
        exchange = self._public.read(upload)
        with precondition(PUBLIC):
            gives_the_bytes(exchange, upload)

    def _posted(self, upload: Upload) -> None:
        exchange = post.sent(lambda body: self._api.create_post(body, caller=self._caller), upload)
        with precondition(POST):
            expect.accepted(exchange)


def is_settled(harness: Harness, caller: str) -> bool:
    """Return True: no document names an operation that shows what a caller has."""
    del harness, caller
    return True
