"""The `mime_type` that a media item reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge import expect
from conformance.profiles.feedhive.files import usable_url
from conformance.profiles.feedhive.upload import reported_types

if TYPE_CHECKING:
    from conformance.harness.storage import Storage
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.upload import Media


def reported_as_declared(media: Media, fetched: Exchange, storage: Storage) -> None:
    """Judge that an item reports its declared type, or that of the file that it serves."""
    reported = fetched.at("data", "mime_type")
    accepted = reported_types(media.upload.content_type)
    expect.that(
        reported is None or reported in accepted or _transcoded(media, fetched, storage),
        f"`data.mime_type` to be {' or '.join(sorted(accepted))}, or null",
        f"it is {expect.shown(reported)}",
        fetched,
    )


def _transcoded(media: Media, fetched: Exchange, storage: Storage) -> bool:
    """Whether media_url serves another file than the uploaded one, of the reported type."""
    url = usable_url(fetched)
    served = storage.read(url) if url else None
    if served is None or served.response is None or not served.succeeded:
        return False
    other = served.response.body != media.upload.body
    return other and served.content_type == fetched.at("data", "mime_type")
