"""Reading public files: a CDN or proxy before the bucket may need a moment."""

from __future__ import annotations

import threading
import time
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

# Seconds between two looks for a file, `PUBLIC_BOUND_S` in total. They grow, since a CDN may
# remember each miss for some seconds.
_PAUSES_S = (1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0, 15.0)
# How many of them a file that was there before may be away: an edge of the CDN may lag.
_PAUSES_AGAIN = 4
# Seconds before the first look for a new file, once another file was late.
_START_S = 3.0
# Parameters of signed or expiring URLs: S3 and similar stores, CloudFront, Azure, other CDNs.
_EXPIRING = frozenset(
    {"expires", "expiry", "exp", "signature", "sig", "se", "policy", "key-pair-id", "hdnts"}
)
_EXPIRING_PREFIXES = ("x-amz-", "x-goog-", "x-oss-", "x-cos-")


class PublicFiles:
    """The files behind s3Url, as a client without credentials reads them."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._in_vain = False
        self._late = False
        self._first_look: dict[str, float] = {}
        self._delays: dict[str, float] = {}

    def read(self, upload: Upload) -> Exchange:
        """Read a stored file, and wait for it; after one file that never came, wait no more.

        Once a file was late, the first look for a new one is delayed, so that no CDN
        remembers a miss.
        """
        url, wait = upload.public_url, threading.Event().wait
        began = self._first_look.setdefault(url, time.monotonic())
        if self._late and url not in self._delays:
            wait(max(began + _START_S - time.monotonic(), 0.0))
        exchange = self._storage.read(url)
        for pause in self._pauses(url):
            if is_the_file(exchange, upload):  # until the file is there, a placeholder may be
                break
            wait(pause)
            exchange = self._storage.read(url)
            self._late |= is_the_file(exchange, upload)
        if is_the_file(exchange, upload):
            self._delays.setdefault(url, time.monotonic() - began)
        else:
            self._in_vain = True
        return exchange

    def _pauses(self, url: str) -> tuple[float, ...]:
        if self._in_vain:
            return ()
        return _PAUSES_S[:_PAUSES_AGAIN] if url in self._delays else _PAUSES_S

    @property
    def slowest_s(self) -> float:
        """The most seconds that a file was away after the first look for it, of all files seen.

        More than `PUBLIC_SOON_S` is late, although the file came.
        """
        return max(self._delays.values(), default=0.0)

    def read_at_once(self, url: str) -> Exchange:
        """Read a URL once, without waiting."""
        return self._storage.read(url)

    def is_everywhere(self, exchange: Exchange, url: str) -> bool:
        """Whether the site gives the same answer for a path that certainly has no file."""
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
        "the uploaded bytes",
        lambda: f"it was {exchange.summary()}",
        exchange,
        expect.SUCCESS_STATUS,
    )
    expect.that(
        is_the_file(exchange, upload),
        "the uploaded bytes",
        lambda: _difference(exchange, upload),
        exchange,
    )


def is_the_file(exchange: Exchange, upload: Upload) -> bool:
    """Whether an answer is the uploaded file: its bytes, or the same picture of a PNG.

    A CDN may add or remove the metadata of a PNG. But a file with the mark of another
    upload is that other upload's file.
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
    """Whether a picture or a film is served as a picture or a film of another type."""
    kind = upload.content_type.partition("/")[0]
    another = exchange.content_type not in served_as(upload.content_type)
    body = exchange.response.body if exchange.response else b""
    return another and exchange.content_type.startswith(f"{kind}/") and bool(body)


def _difference(exchange: Exchange, upload: Upload) -> str:
    body = exchange.response.body if exchange.response else b""
    if _is_foreign(body, upload):
        return "it gave the bytes of another upload"
    return f"it gave {len(body)} other bytes, and {len(upload.body)} were uploaded"


def is_a_file_of(exchange: Exchange, content_type: str) -> bool:
    """Whether an answer is a whole file of a type, and not a placeholder or an error page.

    No document says what an unused key shows.
    """
    body = exchange.response.body if exchange.response else b""
    alike = served_as(content_type) & {exchange.content_type}
    return bool(exchange.succeeded and alike and sample_files.is_like(body, content_type))


def is_an_upload(exchange: Exchange) -> bool:
    """Whether an answer holds bytes that some case uploaded."""
    body = exchange.response.body if exchange.response else b""
    return exchange.succeeded and sample_files.mark_of(body) is not None


def served_as(content_type: str) -> frozenset[str]:
    """Return the types under which a file of a declared type may be served."""
    # image/jpg is not a registered type (RFC 2046 names image/jpeg).
    jpeg = {"image/jpeg", "image/jpg"}
    return frozenset(jpeg if content_type in jpeg else {content_type})


def has_expiring_query(upload: Upload) -> bool:
    """Whether the query of s3Url signs it or lets it expire.

    A query may also name the file, a version or a lasting token: then the URL is permanent.
    """
    names = {name.lower() for name in SignedUrl(upload.public_url).parameters}
    return bool(names & _EXPIRING) or any(name.startswith(_EXPIRING_PREFIXES) for name in names)
