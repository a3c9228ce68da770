"""The FeedHive uploads that expire while the other cases run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.expiry import LATE, Deadline, Expiring, patience
from conformance.profiles.feedhive.given import Given

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.examination import Examination
    from conformance.exchange import Exchange
    from conformance.profiles.feedhive.upload import Upload

#: The page, POST /media/uploads: how long an upload lives when its URL does not say.
TEN_MINUTES_S = 600.0


def expiring_uploads(examination: Examination, given: Given) -> Expiring[Upload]:
    """Return the uploads that expire, on the short-lived twin when `given` speaks to it."""
    bound = patience(examination.target)

    def announced(upload: Upload) -> Deadline:
        lifetime = float(upload.signed.lifetime_s or TEN_MINUTES_S)
        return Deadline.announced(upload.exchange, upload.expires_at, lifetime, bound)

    def put(upload: Upload) -> Exchange:
        body = given.genuine(upload.content_type)
        return examination.storage.put(upload.url, body, upload.content_type)

    kinds: dict[str, Callable[[], Upload]] = {
        LATE: given.created_upload,
        "bare": given.created_upload,
        "stored": given.stored_upload,
        "completed": lambda: given.media().upload,
    }
    return Expiring(kinds, announced, put, bound)


def given_where_uploads_expire(examination: Examination, given: Given) -> Given:
    """Return arrangements on the short-lived twin if there is one, else on the target."""
    if not examination.target.short_lived_url:
        return given
    return Given(examination, examination.twin())
