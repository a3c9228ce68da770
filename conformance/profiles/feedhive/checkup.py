"""What `conformance doctor` asks of FeedHive: as little as shows that it can be tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.harness.expiry import server_time
from conformance.profiles.feedhive.given import Given

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.upload import Media, Upload


class Checkup:
    """One upload on its way to a media item, on the target or on its twin."""

    def __init__(self, harness: Harness, api: Api) -> None:
        """Ask through one api; nothing is sent yet."""
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
        now = server_time(upload.exchange)
        if now is None or upload.expires_at is None:
            return upload.signed.lifetime_s
        return (upload.expires_at - now).total_seconds()

    def finished(self, upload: Upload) -> str:
        """Complete the stored upload and fetch it; `Blocked` by what does not hold."""
        self._media = self._given.completed(upload)
        self._given.fetched(self._media)
        return "the upload was completed, and fetched as a media item"

    def asked_by_other(self) -> Exchange | None:
        """Ask for the media as the other caller; None when there is no media to ask for."""
        media = self._media
        return None if media is None else self._api.get_media(media.id, caller="other")
