"""Arrangements: each must succeed, or the case is `Blocked` by the requirement that failed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.harness import sample_files, upload_url
from conformance.harness.expiry import remaining_s
from conformance.harness.once import Once
from conformance.harness.retry import AnswerLost
from conformance.judge import expect
from conformance.judge.finding import Blocked, precondition
from conformance.model.signed_url import SignedUrl

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.hayon.api import Api

UPLOAD = "HY-UPLOAD-01"
UPLOAD_URL = "HY-UPLOAD-17"
PUT = "HY-PUT-01"
POST = "HY-POST-01"

#: The message of a success (page, Response).
SUCCESS_MESSAGE = "Upload URL generated"

# The type of the control request: its success shows that the server gives uploads.
_CONTROL = "image/png"
#: The types of the page's list, each with the requirement that it is accepted.
ACCEPTANCE = {
    _CONTROL: UPLOAD,
    "image/jpeg": "HY-UPLOAD-03",
    "image/jpg": "HY-UPLOAD-04",
    "image/webp": "HY-UPLOAD-05",
    "video/mp4": "HY-UPLOAD-06",
    "video/quicktime": "HY-UPLOAD-07",
}
ACCEPTED_TYPES = tuple(ACCEPTANCE)
_UNAUTHORIZED = 401
# So many keys show how the keys of different callers differ.
_SERIES = 12


@dataclass
class Upload:
    """An upload as the server announced it, and the body that a case stores in it."""

    url: str
    public_url: str
    key: str
    content_type: str
    exchange: Exchange
    body: bytes = b""

    @property
    def signed(self) -> SignedUrl:
        """The upload URL, decoded."""
        return SignedUrl(self.url)

    @property
    def life_s(self) -> float | None:
        """For how many seconds the upload URL says that it is valid, or None."""
        if self.signed.lifetime_s is not None:
            return float(self.signed.lifetime_s)
        return remaining_s(self.exchange, self.signed.expires_at)

    def media_item(self) -> dict[str, str]:
        """Return the pair as a post takes it."""
        return {"s3Url": self.public_url, "s3Key": self.key, "mimeType": self.content_type}


class Given:
    """The arrangements that a case builds on, made through one api: the target's or its twin's."""

    def __init__(self, harness: Harness, api: Api) -> None:
        self.api = api
        #: The callers whose keys the run has.
        self.callers = ("main", "other") if harness.target.other_token else ("main",)
        self._storage = harness.storage
        self._control: Upload | None = None
        self._each: list[Upload] = []
        self._series: dict[str, list[Upload]] = {}
        self._samples: dict[str, Upload] = {}
        self._once = Once()

    def genuine(self, content_type: str) -> bytes:
        """Return a genuine file of a type that is different from every other upload."""
        return sample_files.unique(content_type)

    def requested(self, content_type: str = "image/png", *, caller: str = "main") -> Upload:
        """Return a fresh upload (page, workflow step 1)."""
        if content_type != _CONTROL:
            self.working()  # a server without any uploads does not refuse this type in particular
        exchange = self.api.create_media_upload(content_type, caller=caller)
        with precondition(ACCEPTANCE[content_type]):
            upload = upload_of(exchange, content_type)
        with precondition(UPLOAD_URL):
            expect.url(exchange, "data", "uploadUrl")
        return upload

    def stored(self, content_type: str = "image/png", body: bytes | None = None) -> Upload:
        """Return an upload whose bytes are on the storage (page, workflow step 2)."""
        return self.put(self.requested(content_type), body)

    def put(self, upload: Upload, body: bytes | None = None) -> Upload:
        """Store a genuine body, or the one given, by the URL of an upload."""
        upload.body = self.genuine(upload.content_type) if body is None else body
        with precondition("HY-UPLOAD-17"):
            upload_url.is_signed(upload)
        with precondition(PUT), suppress(AnswerLost):  # else the storage has the first bytes
            exchange = self._storage.put(upload.url, upload.body, upload.content_type)
            upload_url.was_stored(exchange, upload)
        return upload

    def sample(self, content_type: str) -> Upload:
        """Return a stored upload of a type; it is made once and shared, and no case changes it."""
        with self._once.making(content_type):
            if content_type not in self._samples:
                self._samples[content_type] = self.stored(content_type)
            return self._samples[content_type]

    def working(self) -> Upload:
        """Show once that the server gives uploads, before a case judges what it refuses."""
        with self._once.making("control"):
            if self._control is None:
                self._control = self.requested(_CONTROL)
            return self._control

    def each(self) -> list[Upload]:
        """Return an upload of each type that the server accepts; requested once, one by one.

        A refused type has a requirement of its own, so it does not block the other types.
        """
        self.working()
        with self._once.making("each"):
            if not self._each:
                found = [self._unless_refused(content_type) for content_type in ACCEPTED_TYPES]
                self._each = [upload for upload in found if upload]
            return self._each

    def refused_for_its_body(self, exchange: Exchange) -> None:
        """Judge that a request with a valid key is refused because of its body.

        A 401 refuses the key, so the body was not judged. `Blocked` when the key is not
        accepted any more.
        """
        expect.refused(exchange)
        if exchange.status == _UNAUTHORIZED:
            again = self.api.create_media_upload(_CONTROL)
            if not again.succeeded:
                raise Blocked(limit="the server does not accept the key any more (401)")
            expect.violated("a refusal of the body", "it was a 401 for a valid key", exchange)

    def _unless_refused(self, content_type: str) -> Upload | None:
        try:
            return self.requested(content_type)
        except Blocked as blocked:
            if blocked.violation is None:
                raise
            return None

    def series(self, caller: str = "main") -> list[Upload]:
        """Return a dozen uploads of one type for a caller; requested once, one by one.

        The callers take turns: keys made from the time or from a counter do not differ by
        caller then.
        """
        with self._once.making("series"):
            if not self._series:
                turns = [one for _ in range(_SERIES) for one in self.callers]
                asked = [(one, self.requested(caller=one)) for one in turns]
                for one, upload in asked:
                    self._series.setdefault(one, []).append(upload)
            return self._series[caller]


def upload_of(exchange: Exchange, content_type: str) -> Upload:
    """Judge that an answer is an upload (HY-UPLOAD-01), and return it."""
    expect.accepted(exchange)
    return Upload(
        url=expect.text(exchange, "data", "uploadUrl"),
        public_url=expect.url(exchange, "data", "s3Url"),
        key=expect.text(exchange, "data", "s3Key"),
        content_type=content_type,
        exchange=exchange,
    )


def nothing_given(exchange: Exchange) -> None:
    """Judge that an answer is not a success and holds no upload."""
    expect.not_accepted(exchange)
    no_upload_in(exchange)


def no_upload_in(exchange: Exchange) -> None:
    """Judge that an answer holds no upload, whatever its status is."""
    given = [name for name in ("uploadUrl", "s3Url", "s3Key") if exchange.at("data", name)]
    expect.that(not given, "no upload in the answer", f"it holds {', '.join(given)}", exchange)
