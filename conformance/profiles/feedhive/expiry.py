"""The FeedHive uploads that expire while the other cases run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.harness.expiring import LATE, STORED_EARLY, Expiring
from conformance.harness.expiry import Deadline, patience

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.upload import Media, Upload

#: The page, POST /media/uploads: the life of an upload that shows none.
TEN_MINUTES_S = 600.0
#: The kinds whose owner, or who tried to complete them early, is the other caller, if there is one.
OF_ANOTHER, TRIED_BY_ANOTHER = "of another caller", "tried by another caller"
#: The kinds of upload that expire with their object.
STORED = ("stored", "refused before", "of a video", "of a QuickTime film", TRIED_BY_ANOTHER)
#: The kind that expires with its object, and whose filename is used again then.
NAMED_AGAIN = "named again"
#: The kinds that are completed at once, besides a picture of the caller.
COMPLETED_FILM, COMPLETED_BY_ANOTHER = "completed film", "completed by another caller"
#: The kinds that are completed at once, and deleted late.
DELETED_LATE, EMPTIED_LATE = "completed and deleted late", "completed, with bytes that go late"
#: The kinds that are completed at once, and late once more, or asked for by strangers.
COMPLETED_AGAIN, ASKED_FOR = "completed twice", "completed, and asked for by strangers"


def expiring_uploads(harness: Harness, given: Given) -> Expiring[Upload]:
    """Return the uploads that expire, on the target that `given` works on: itself or its twin.

    Those that are stored have all seven types, since a server may treat each in its own way.
    """
    bound = patience(harness.target)

    def announced(upload: Upload) -> Deadline:
        return Deadline.announced(
            upload.exchange, upload.expires_at, upload.signed, bound, documented_s=TEN_MINUTES_S
        )

    def put(upload: Upload) -> Exchange:
        body = given.genuine(upload.content_type)
        return harness.storage.put(upload.url, body, upload.content_type)

    def refused_early() -> Upload:
        upload = given.created_upload("image/gif")
        given.api.complete_upload(upload.id)  # before there is an object
        put(upload)  # a server may have closed the session and refuse it
        return upload

    def tried_by_another() -> Upload:
        upload = given.stored_upload("image/jpg")
        given.api.complete_upload(upload.id, caller="other")  # other cases judge the answer
        return upload

    kinds: dict[str, Callable[[], Upload]] = {
        LATE: given.created_upload,
        STORED_EARLY: given.stored_upload,
        "bare": given.created_upload,
        "stored": lambda: given.stored_upload("image/jpeg"),
        "refused before": refused_early,
        "of a video": lambda: given.stored_upload("video/mp4"),
        "of a QuickTime film": lambda: given.stored_upload("video/quicktime"),
        NAMED_AGAIN: lambda: given.stored_upload("video/mov"),
        "completed": lambda: given.media("image/jpeg").upload,
        COMPLETED_FILM: lambda: given.media("video/mp4").upload,
        DELETED_LATE: lambda: given.media().upload,
        EMPTIED_LATE: lambda: given.media().upload,
        COMPLETED_AGAIN: lambda: given.media("image/jpg").upload,
        ASKED_FOR: lambda: given.media().upload,
    }
    if "other-token" in harness.target.capabilities:
        kinds[OF_ANOTHER] = lambda: given.stored_upload(caller="other")
        kinds[TRIED_BY_ANOTHER] = tried_by_another
        kinds[COMPLETED_BY_ANOTHER] = lambda: given.media("image/gif", caller="other").upload
    return Expiring(kinds, announced, put, bound, lambda one: given.api.complete_upload(one.id))


def completed_early(given: Given) -> Media:
    """Open a session and complete another; raises what fails."""
    given.working.create()
    return given.media()


def stored_again(given: Given) -> Media:
    """Delete a media, and upload its file again; raises what fails."""
    return given.media(body=given.deleted(given.media()).upload.body)
