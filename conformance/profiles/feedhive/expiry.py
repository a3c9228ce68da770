"""The FeedHive uploads that expire while the other cases run."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

from conformance.harness.expiry import LATE, Deadline, Expiring, patience
from conformance.judge.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.upload import Media, Upload

#: The page, POST /media/uploads: the life of an upload that shows none.
TEN_MINUTES_S = 600.0
#: The kinds of upload that expire with their object.
STORED = ("stored", "refused before", "of a video")
#: The kind whose owner is the other caller, if there is one.
OF_ANOTHER = "of another caller"


def expiring_uploads(harness: Harness, given: Given) -> Expiring[Upload]:
    """Return the uploads that expire, on the target that `given` works on: itself or its twin."""
    bound = patience(harness.target)

    def announced(upload: Upload) -> Deadline:
        return Deadline.announced(
            upload.exchange, upload.expires_at, upload.signed, bound, documented_s=TEN_MINUTES_S
        )

    def put(upload: Upload) -> Exchange:
        body = given.genuine(upload.content_type)
        return harness.storage.put(upload.url, body, upload.content_type)

    def refused_early() -> Upload:
        upload = given.created_upload()
        given.api.complete_upload(upload.id)  # before there is an object
        put(upload)  # a server may have closed the session and refuse it
        return upload

    kinds: dict[str, Callable[[], Upload]] = {
        LATE: given.created_upload,
        "bare": given.created_upload,
        "stored": given.stored_upload,
        "refused before": refused_early,
        "of a video": lambda: given.stored_upload("video/mp4"),
        "completed": lambda: given.media().upload,
    }
    if "other-token" in harness.target.capabilities:
        kinds[OF_ANOTHER] = lambda: given.stored_upload(caller="other")
    return Expiring(kinds, announced, put, bound, lambda one: given.api.complete_upload(one.id))


def completed_early(given: Given) -> Future[Media]:
    """Open a session and complete another now; a failure is raised when the result is read."""
    early: Future[Media] = Future()
    try:
        given.working.create()
        early.set_result(given.media())
    except Finding as finding:
        early.set_exception(finding)
    return early
