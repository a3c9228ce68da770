"""The requests of `conformance doctor` to Hayon: just enough to show that it can be tested."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from conformance.harness import sample_files
from conformance.harness.expiry import life_s
from conformance.judge.finding import precondition
from conformance.profiles.hayon.given import Given
from conformance.profiles.hayon.public import PublicFiles, gives_the_bytes

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.hayon.api import Api
    from conformance.profiles.hayon.given import Upload

PUBLIC = "HY-PUBLIC-01"


class Checkup:
    """One upload that gets a public URL, on the target or on its twin."""

    def __init__(self, harness: Harness, api: Api) -> None:
        self._api = api
        self._given = Given(harness, api)
        self._storage = harness.storage

    def knock(self, caller: str) -> Exchange:
        """Send a request that needs a valid key and creates nothing, since it names no type."""
        return self._api.create_media_upload(body={}, caller=caller)

    def upload(self) -> Upload:
        """Ask for one upload; `Blocked` by the requirement that does not hold."""
        return self._given.requested()

    def lifetime_s(self, upload: Upload) -> float | None:
        """Return for how many seconds the upload URL lives, by the server's own clock."""
        return life_s(upload.exchange, upload.signed.expires_at, upload.signed)

    def finished(self, upload: Upload) -> str:
        """Read the stored upload through its public URL; `Blocked` when that gives another file."""
        stored = dataclasses.replace(upload, body=sample_files.genuine(upload.content_type))
        exchange = PublicFiles(self._storage).read(stored)
        with precondition(PUBLIC):
            gives_the_bytes(exchange, stored)
        return "the public s3Url gives the bytes back"

    def asked_by_other(self) -> Exchange | None:
        """None: Hayon has no operation that shows who owns an upload."""
        return None
