"""The requests of `conformance doctor` to FeedHive: just enough to show that it can be tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.harness.expiry import life_s
from conformance.profiles.feedhive.given import Given

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.upload import Media, Upload


class Checkup:
    """One upload that becomes a media item, on the target or on its twin."""

    def __init__(self, harness: Harness, api: Api) -> None:
        self._api = api
        self._given = Given(harness, api)
        self._media: Media | None = None

    def knock(self, caller: str) -> Exchange:
        """Send a request that creates nothing and needs a valid key."""
        return self._api.list_media(limit=1, caller=caller)

    def upload(self) -> Upload:
        """Open one upload session; `Blocked` by the requirement that does not hold."""
        return self._given.created_upload()

    def lifetime_s(self, upload: Upload) -> float | None:
        """Return for how many seconds the session lives, by the server's own clock."""
        return life_s(upload.exchange, upload.expires_at, upload.signed)

    def finished(self, upload: Upload) -> str:
        """Complete the stored upload and fetch it; `Blocked` when a requirement does not hold."""
        self._media = self._given.completed(upload)
        self._given.fetched(self._media)
        return "the upload was completed, and fetched as a media item"

    def asked_by_other(self) -> Exchange | None:
        """Ask for the media as the other caller; None when there is no media."""
        media = self._media
        return None if media is None else self._api.get_media(media.id, caller="other")
