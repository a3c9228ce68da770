"""The media of a complete whose answer was lost, found by its bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.finding import Finding
from conformance.profiles.feedhive.library import MAXIMUM_LIMIT, page_of

if TYPE_CHECKING:
    from conformance.harness.storage import Storage
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.upload import Upload

# A media that is new is among the first of the list; each look reads a file.
_LOOKED_AT = 8


def found_media(api: Api, storage: Storage, upload: Upload) -> str | None:
    """Return the id of the media that holds the bytes of an upload, or None.

    The bytes of each upload are unique, so another media cannot be taken for it. The media
    is journalled, since this run made it.
    """
    try:
        page = page_of(api.list_media(limit=MAXIMUM_LIMIT, caller=upload.caller))
        unknown = [item for item in page.items if not api.made(str(item.get("id")))]
        for item in unknown[:_LOOKED_AT]:
            media_id, url = item.get("id"), item.get("media_url")
            if not isinstance(media_id, str) or not isinstance(url, str):
                continue
            read = storage.read(url)
            if read.succeeded and read.response and read.response.body == upload.body:
                api.adopt(media_id, upload.id, upload.caller)
                return media_id
    except Finding:  # the cases of the list judge it
        return None
    return None
