"""The Hayon uploads whose URLs expire while the other cases run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from conformance.harness.expiring import LATE, Expiring
from conformance.harness.expiry import Deadline, patience
from conformance.judge.finding import Blocked

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.hayon.given import Given, Upload

# The types of uploads that expire without a file, besides the PNG.
_BARE = ("image/jpeg", "image/jpg", "image/webp", "video/quicktime")
# The types whose public files must stay, besides those of PNG and MP4: files of the second caller.
_OF_OTHERS = ("image/webp", "video/quicktime")
#: Every kind of stored upload whose public file must outlive its upload URL.
LASTING = ("stored", "of a video", *(f"{one} of another caller" for one in _OF_OTHERS))
#: Every kind of upload whose URL must be refused after its expiry.
EXPIRED = ("bare", "stored", "of a video", *(f"bare {one}" for one in _BARE))


def expiring_uploads(harness: Harness, given: Given) -> Expiring[Upload]:
    """Return the uploads that expire, on the target that `given` works on: itself or its twin."""
    bound = patience(harness.target)

    def announced(upload: Upload) -> Deadline:
        signed = upload.signed
        if signed.expires_at is None:
            raise Blocked(limit="the upload URL names no expiry that can be read")
        return Deadline.announced(upload.exchange, signed.expires_at, signed, bound)

    def put(upload: Upload) -> Exchange:
        body = given.genuine(upload.content_type)
        return harness.storage.put(upload.url, body, upload.content_type)

    def of_others(content_type: str) -> Upload:
        return given.put(given.requested(content_type, caller=given.callers[-1]))

    kinds: dict[str, Callable[[], Upload]] = {
        LATE: given.requested,
        "bare": given.requested,
        "stored": given.stored,
        "of a video": lambda: given.stored("video/mp4"),
        **{f"{one} of another caller": partial(of_others, one) for one in _OF_OTHERS},
        **{f"bare {one}": partial(given.requested, one) for one in _BARE},
    }
    return Expiring(kinds, announced, put, bound)
