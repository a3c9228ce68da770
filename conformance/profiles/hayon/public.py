"""Reading what is public: whatever stands before the bucket may take a moment."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from conformance.harness import sample_files
from conformance.judge import expect
from conformance.model.signed_url import SignedUrl

if TYPE_CHECKING:
    from conformance.harness.storage import Storage
    from conformance.model.exchange import Exchange
    from conformance.profiles.hayon.given import Upload

# Seconds between two looks for a file. They grow, since a CDN may remember each miss for
# some seconds, and are 15 s in all.
_PAUSES_S = (1.0, 2.0, 4.0, 8.0)
# Seconds that a new file gets before the first look where files are seen to come late.
_START_S = 3.0
# Parameters that sign a URL or end it: S3 and its likes, CloudFront, Azure and other CDNs.
_EXPIRING = frozenset(
    {"expires", "expiry", "exp", "signature", "sig", "se", "policy", "key-pair-id", "hdnts"}
)
_EXPIRING_PREFIXES = ("x-amz-", "x-goog-", "x-oss-", "x-cos-")


class PublicFiles:
    """The files behind s3Url, as anybody meets them."""

    def __init__(self, storage: Storage) -> None:
        """Begin patiently."""
        self._storage = storage
        self._in_vain = False
        self._late = False
        self._looked_for: set[str] = set()

    def read(self, upload: Upload) -> Exchange:
        """Read a stored file, and wait for it; once that was in vain, no other is waited for.

        Where one file came late, the others get a start, so that no look is remembered as a miss.
        """
        if self._late and upload.public_url not in self._looked_for:
            threading.Event().wait(_START_S)
        self._looked_for.add(upload.public_url)
        exchange = self._storage.read(upload.public_url)
        for pause in () if self._in_vain else _PAUSES_S:
            if is_the_file(exchange, upload):  # what is not yet there may have a placeholder
                break
            threading.Event().wait(pause)
            exchange = self._storage.read(upload.public_url)
            self._late |= is_the_file(exchange, upload)
        self._in_vain |= not is_the_file(exchange, upload)
        return exchange

    def read_at_once(self, url: str) -> Exchange:
        """Read a URL as it stands this moment."""
        return self._storage.read(url)

    def is_everywhere(self, exchange: Exchange, url: str) -> bool:
        """Say whether a site answers a path that surely holds no file in the same way."""
        parts = urlsplit(url)
        folder, _, name = parts.path.rpartition("/")
        _, dot, extension = name.rpartition(".")
        nowhere = f"{folder}/{uuid4()}{dot}{extension if dot else ''}"
        sibling = self._storage.read(urlunsplit(parts._replace(path=nowhere)))
        same = sibling.response and exchange.response
        return bool(same) and _shown(sibling) == _shown(exchange)


def _shown(exchange: Exchange) -> tuple[int | None, bytes]:
    return exchange.status, exchange.response.body if exchange.response else b""


def gives_the_bytes(exchange: Exchange, upload: Upload) -> None:
    """Judge that an answer is the uploaded file (HY-PUBLIC-01)."""
    expect.that(
        exchange.succeeded,
        "the bytes",
        lambda: f"it was {exchange.summary()}",
        exchange,
        expect.SUCCESS_STATUS,
    )
    expect.that(
        is_the_file(exchange, upload),
        "the bytes that were uploaded",
        lambda: _difference(exchange, upload),
        exchange,
    )


def is_the_file(exchange: Exchange, upload: Upload) -> bool:
    """Say whether an answer is the uploaded file: its bytes, or of a PNG the same picture.

    A CDN may add or strip what a PNG says beside its picture, but not the mark by which
    one upload is told from another: that of a foreign upload makes it a foreign file.
    """
    response = exchange.response
    if not exchange.succeeded or response is None:
        return False
    if response.body == upload.body:
        return True
    if _is_foreign(response.body, upload):
        return False
    if _transcoded(exchange, upload):
        return True
    size = sample_files.png_size(upload.body)
    return size is not None and sample_files.png_size(response.body) == size


def _is_foreign(body: bytes, upload: Upload) -> bool:
    return sample_files.mark_of(body) not in {None, sample_files.mark_of(upload.body)}


def _transcoded(exchange: Exchange, upload: Upload) -> bool:
    """Say whether a picture is served as one of another type, or a film so."""
    kind = upload.content_type.partition("/")[0]
    another = exchange.content_type not in served_as(upload.content_type)
    body = exchange.response.body if exchange.response else b""
    return another and exchange.content_type.startswith(f"{kind}/") and bool(body)


def _difference(exchange: Exchange, upload: Upload) -> str:
    body = exchange.response.body if exchange.response else b""
    if _is_foreign(body, upload):
        return "they are those of another upload"
    return f"they are others: {len(body)} bytes, and {len(upload.body)} were uploaded"


def is_a_file_of(exchange: Exchange, content_type: str) -> bool:
    """Say whether an answer is what a file of a type would be: one of that type that is whole.

    What an empty key shows stands nowhere: a placeholder or a status of its own is no file.
    """
    body = exchange.response.body if exchange.response else b""
    alike = served_as(content_type) & {exchange.content_type}
    return bool(exchange.succeeded and alike and sample_files.is_like(body, content_type))


def is_an_upload(exchange: Exchange) -> bool:
    """Say whether an answer holds bytes that some case uploaded."""
    body = exchange.response.body if exchange.response else b""
    return exchange.succeeded and sample_files.mark_of(body) is not None


def served_as(content_type: str) -> frozenset[str]:
    """Return the types under which a file of a declared type may be served."""
    # image/jpg is no registered type (RFC 2046 names image/jpeg).
    jpeg = {"image/jpeg", "image/jpg"}
    return frozenset(jpeg if content_type in jpeg else {content_type})


def query_is_a_pass(upload: Upload) -> bool:
    """Say whether the query of s3Url signs it or ends it.

    What names the file, a version or a token for good may stand in a query too: such a URL
    is as permanent as one without.
    """
    names = {name.lower() for name in SignedUrl(upload.public_url).parameters}
    return bool(names & _EXPIRING) or any(name.startswith(_EXPIRING_PREFIXES) for name in names)
