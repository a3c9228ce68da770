"""The duties of every pre-signed upload URL, whichever API gave it out.

Each check sends what it needs through the harness and raises `Violation`. Before an API is
blamed because its storage accepted something, the canary shows that the storage enforces
signatures (`Blocked` otherwise).
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlunsplit

from conformance.harness import sample_files
from conformance.harness.bounds import sleep
from conformance.harness.expiry import agreeing_clocks, came_in_time, clock_is_not_ahead
from conformance.harness.quota import may_be_a_limit, names_a_size
from conformance.judge import expect
from conformance.judge.finding import Blocked, NotApplicable
from conformance.model.signed_url import SignedUrl, sigv4_defects
from conformance.model.url_changes import CHANGES, stripped

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.harness.bucket import Bucket, StoredObject
    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange


#: The changes of its signature that a storage must refuse.
SIGNATURE_CHANGES = (
    *("tampered", "tampered_at_its_end", "stripped"),
    *("with_empty_signature", "without_signature"),
    *("longer_life", "moved_in_time", "for_other_access_key"),
    *("for_other_region", "with_other_signed_headers"),
)
# Bytes behind the end of a film or of a picture are no part of what it shows.
_PADDING = bytes(range(256)) * 4_200
#: Files whose bytes are compared: their type, and how one is made.
FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "picture": ("image/png", lambda: sample_files.padded_png(50_000)),
    "film over 1 MiB": ("video/mp4", lambda: sample_files.unique("video/mp4") + _PADDING),
    "JPEG over 1 MiB": ("image/jpeg", lambda: sample_files.unique("image/jpeg") + _PADDING),
}
# Types with two names: the registered one of each.
_NAMES = {
    "image/jpg": "image/jpeg",
    "image/jpeg": "image/jpeg",
    "video/mov": "video/quicktime",
    "video/quicktime": "video/quicktime",
}
# RFC 9110 section 15.5.14.
_TOO_LARGE = 413
# A file of this size may be more than a server takes: nginx alone refuses more than 1 MiB.
_LARGE_BYTES = 512 << 10
# So long a storage may show the file that was there before.
_REPLACED_S, _LOOK_S = 10.0, 0.2


class Upload(Protocol):
    """What the uploads of all profiles have in common."""

    url: str
    content_type: str
    exchange: Exchange
    body: bytes

    @property
    def signed(self) -> SignedUrl:
        """The upload URL, decoded."""


def takes_a_file(harness: Harness, upload: Upload) -> None:
    """Judge that a PUT of a file succeeds without any authentication."""
    exchange = _put(harness, upload.signed, upload)

    was_stored(exchange, upload)


def was_stored(exchange: Exchange, upload: Upload) -> None:
    """Judge that the storage took a PUT to a new upload URL, if its clock lets it."""
    is_within_limits(exchange, upload)
    clock_is_not_ahead(exchange, upload.exchange)
    came_in_time(exchange, upload.exchange)
    expect.stored(exchange)


def is_within_limits(exchange: Exchange, upload: Upload) -> None:
    """Raise `NotApplicable` where a limit refuses a large file: no document names the largest."""
    named = exchange.status == _TOO_LARGE or names_a_size(exchange)
    limited = named or may_be_a_limit(exchange)
    if len(upload.body) > _LARGE_BYTES and exchange.refuses and limited:
        raise NotApplicable(f"the server takes no file of {len(upload.body)} bytes")


def refuses_a_change(harness: Harness, upload: Upload, change: str) -> Exchange:
    """Judge that the storage refuses the URL after a change: one of `CHANGES`; return the PUT."""
    changed = CHANGES[change](upload.signed)
    if changed == upload.signed:
        raise NotApplicable("the upload URL has nothing that could be changed in this way")

    exchange = _put(harness, changed, upload)

    if exchange.succeeded:
        harness.canary.check(upload.signed, change, upload.content_type, accepted=exchange)
    _denied(exchange)
    _stored_nothing(harness, exchange)
    return exchange


def refuses_the_place_of(harness: Harness, upload: Upload, other: Upload) -> None:
    """Judge that the storage refuses the signature of one upload at the path of another."""
    path = other.signed.parts.path
    changed = SignedUrl(urlunsplit(upload.signed.parts._replace(path=path)))
    if path == upload.signed.parts.path:
        raise NotApplicable("the path of the upload URL does not name the object")

    exchange = _put(harness, changed, upload)

    if exchange.succeeded:
        kind = upload.content_type
        harness.canary.check(upload.signed, "for_other_key", kind, accepted=exchange)
    _denied(exchange)
    _stored_nothing(harness, exchange)


def refuses_the_method(harness: Harness, upload: Upload, method: str) -> None:
    """Judge that the URL of a stored upload gives nothing to another method than PUT.

    Where this raises `Blocked`, the storage did what was asked: the object may be gone.
    """
    exchange = harness.storage.misuse(upload.signed, method, upload.content_type)

    if method == "HEAD" and not exchange.describes(len(upload.body)):
        return  # some gateways answer every HEAD alike, which shows nothing about the object
    if exchange.succeeded:
        harness.canary.check(upload.signed, method, upload.content_type, stored=upload.body)
        if harness.storage.gives_to_everybody(upload.signed, exchange):
            return  # the file is public, so the upload URL grants nothing more
    _denied(exchange)


def gives_no_part(harness: Harness, upload: Upload) -> None:
    """Judge that the URL of a stored upload does not read the first bytes of the file."""
    storage, url = harness.storage, upload.signed
    exchange = storage.read_beginning(url.url)

    if exchange.succeeded and exchange.response is not None:
        harness.canary.check(url, "GET", upload.content_type, stored=upload.body)
        plain = storage.read_beginning(stripped(url).url)
        if plain.response is not None and plain.response.body == exchange.response.body:
            return  # the file is public, so the upload URL grants nothing more
    _denied(exchange)


def worked_late(exchange: Exchange) -> None:
    """Judge a PUT that was sent late in the life of its URL: it succeeded."""
    if not exchange.succeeded:
        url = SignedUrl(exchange.request.url)
        agreeing_clocks(exchange, url.expires_at, expired=False)
    expect.stored(exchange)


def refuses_after_expiry(harness: Harness, expired: Upload) -> None:
    """Judge that the storage refuses a PUT to an expired URL.

    A file that is there stays as it is, also where the storage refuses nothing: other cases
    read it.
    """
    kind, body = expired.content_type, expired.body or sample_files.unique(expired.content_type)
    exchange = harness.storage.put(expired.url, body, kind)

    if exchange.succeeded:
        agreeing_clocks(exchange, expired.signed.expires_at, expired=True)
        harness.canary.check(expired.signed, "expired", kind, stored=expired.body)
    _denied(exchange)
    if not expired.body:
        _stored_nothing(harness, exchange)


def demands_no_empty_body(upload: Upload) -> None:
    """Judge that the URL has no checksum of an empty body, whatever this storage does with it."""
    names = ", ".join(upload.signed.empty_checksums)

    # Some storages ignore the parameter, others refuse every file: the next one may be of these.
    expect.that(
        not names,
        "no checksum of an empty body in the upload URL",
        f"it has {names}: a storage that compares it refuses every file",
        upload.exchange,
    )


def is_signed(upload: Upload) -> None:
    """Judge that the URL carries a signature."""
    names = ", ".join(sorted(upload.signed.parameters)) or "none"
    expect.that(
        upload.signed.signed,
        "an upload URL with a signature",
        f"its parameters are: {names}",
        upload.exchange,
    )


def is_consistently_signed(upload: Upload) -> None:
    """Judge that the SigV4 parameters of the URL agree with each other."""
    if upload.signed.signed and not upload.signed.is_sigv4:
        raise NotApplicable("the upload URL is signed by another scheme than SigV4")

    defects = sigv4_defects(upload.signed)

    expect.that(not defects, "consistent SigV4 parameters", "; ".join(defects), upload.exchange)


def stored_the_bytes(bucket: Bucket, upload: Upload) -> None:
    """Judge that the object in the bucket holds the bytes of a stored upload."""
    found = object_behind(bucket, upload)

    wanted = hashlib.sha256(upload.body).hexdigest()
    expect.equal(found.sha256, wanted, "the SHA-256 of the stored object")


def replaces_the_file(harness: Harness, bucket: Bucket, upload: Upload) -> None:
    """Judge that a second file replaces a stored one; some storages show it late."""
    upload.body = sample_files.unique(upload.content_type)
    if not harness.storage.put(upload.url, upload.body, upload.content_type).succeeded:
        raise NotApplicable("the storage takes one file for each upload URL")

    wanted = hashlib.sha256(upload.body).hexdigest()
    deadline = time.monotonic() + _REPLACED_S
    while object_behind(bucket, upload).sha256 != wanted and time.monotonic() < deadline:
        sleep(_LOOK_S)
    stored_the_bytes(bucket, upload)


def stored_the_type(bucket: Bucket, upload: Upload) -> None:
    """Judge that the object in the bucket has the declared type of a stored upload."""
    found = object_behind(bucket, upload)

    if _NAMES.get(found.content_type) == _NAMES.get(upload.content_type, upload.content_type):
        return  # a storage that reads the type from the extension knows one name of it
    expect.equal(found.content_type, upload.content_type, "the content type of the stored object")


def object_behind(bucket: Bucket, upload: Upload) -> StoredObject:
    """Return the object that a PUT to the URL stored, and judge that there is one."""
    found = bucket.arrived(upload.signed)
    if found is None:
        expect.violated(
            "the object in the bucket", "there is no object under the key of the upload URL"
        )
    return found


def _denied(exchange: Exchange) -> None:
    """Judge that the storage refused; it may also end the connection, which shows too little."""
    if exchange.response is None:
        raise Blocked(limit=f"the storage gave no answer, which may be a refusal: {exchange.error}")
    expect.denied(exchange)


def _stored_nothing(harness: Harness, refused: Exchange) -> None:
    """Judge that a refused PUT left no object with its bytes, where the bucket can be seen."""
    if "s3-access" not in harness.target.capabilities:
        return
    try:
        found = harness.bucket.behind(SignedUrl(refused.request.url))
    except Blocked:  # the credentials do not show it
        return
    wrote = found is not None and found.body == refused.request.body
    actual = f"it was {refused.summary()}, and the bucket holds its bytes"
    expect.that(not wrote, "a PUT that is refused to store nothing", actual, refused)


def _put(harness: Harness, url: SignedUrl, upload: Upload) -> Exchange:
    body = sample_files.unique(upload.content_type)
    return harness.storage.put(url.url, body, upload.content_type)
