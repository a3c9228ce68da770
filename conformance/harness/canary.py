"""Shows that a storage enforces signatures, before the API is blamed for an accepted request."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

from conformance.harness import sample_files
from conformance.harness.belongings import OWN
from conformance.harness.bucket_access import certain_key
from conformance.harness.journal import Entry
from conformance.judge import expect
from conformance.judge.finding import Blocked
from conformance.model.signed_url import SignedUrl
from conformance.model.url_changes import CHANGES, stripped, tampered

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.harness.bucket import Bucket
    from conformance.harness.client import Client
    from conformance.harness.ledger import Ledger
    from conformance.harness.storage import Storage
    from conformance.model.exchange import Exchange
    from conformance.target import Target

_PICTURE = "image/png"
# An emulator of S3 may check the signature, and take these parts from its own settings.
_SUBTLE = frozenset({"for_other_region", "with_other_signed_headers"})
# Where everybody may write, such a request is that of anybody.
_UNSIGNED = frozenset({"stripped", "with_empty_signature", "without_signature"})
_UNKNOWN = "nothing shows whether the storage enforces signatures: the kit's own"


class StorageCanary:
    """Tries changed URLs on a storage: first the given upload URL, then one that the kit signs."""

    def __init__(
        self, client: Client, storage: Storage, ledger: Ledger, bucket: Callable[[], Bucket]
    ) -> None:
        self._client, self._storage, self._ledger = client, storage, ledger
        self._bucket = bucket  # called only where the target names a bucket

    def check(
        self,
        url: SignedUrl,
        change: str,
        content_type: str = _PICTURE,
        *,
        accepted: Exchange | None = None,
        stored: bytes = b"",
    ) -> None:
        """Return when the storage behind an upload URL is known to enforce its signatures.

        It is known when the storage refuses this URL with another signature, or a URL that
        the kit signed itself and changed in the same way; after some changes only the latter
        shows it. A storage on the API's own origin
        is part of the API, and needs no proof.

        Args:
            url: The upload URL.
            change: What the storage accepted: one of `CHANGES`, an HTTP method that the URL
                was not signed for, or "expired".
            content_type: The type that the URL was signed for. With another one the storage
                refuses the request for its type, which shows nothing about the signature.
            accepted: The exchange that shows what the storage accepted.
            stored: The bytes that the URL has stored. A storage that checks nothing stores what
                is sent here, so the object stays as it is.

        Raises:
            Blocked: The storage enforces no signatures, or nothing shows whether it does.
            Violation: A public storage takes a PUT without a signature on any key.
        """
        if self._client.is_own(url.url):
            return
        body = stored or sample_files.genuine(content_type)
        answer = self._storage.put(tampered(url).url, body, content_type)
        if change not in {"tampered", *_SUBTLE} and answer.status in range(400, 500):
            if change in _UNSIGNED:
                self._try_unsigned(url, accepted)
            return
        self._try_own_url(change, f"a tampered signature got {answer.status or 'no answer'}")

    def _try_unsigned(self, url: SignedUrl, accepted: Exchange | None) -> None:
        """Try a PUT without a signature on a key that only the kit knows.

        A local stand-in for S3 may check the signatures that it gets, and also take requests
        without one. On a public host the same answer is a bucket that everybody may write to.
        """
        folder = stripped(url).url.rpartition("/")[0]
        ours = SignedUrl(f"{folder}/{_new_key()}")
        answer = self._storage.put(ours.url, b"canary", _PICTURE)
        if not answer.succeeded:
            return
        self._storage.get(ours.url, "DELETE")
        found = (
            "the storage takes a PUT without a signature on any key: either everybody may write"
            " to the bucket, or the storage checks a signature only where the request has one"
        )
        if is_private(url, self._client.target):
            raise Blocked(limit=f"{found}; test with a closed bucket on a storage like S3")
        expect.violated("the storage to refuse a PUT without a signature", found, accepted)

    def _try_own_url(self, change: str, seen: str) -> None:
        # Without a bucket nothing is stored, so nothing goes into the journal.
        if not self._client.target.s3_bucket:
            raise Blocked(
                capability="s3-access",
                seen=f"{seen}; nothing shows whether the storage enforces signatures",
            )
        own = self._own_url()
        control = self._storage.put(own.url, b"canary", _PICTURE)
        if not control.succeeded:
            raise Blocked(limit=f"{_UNKNOWN} upload to the bucket was answered {control.summary()}")
        if change.isupper():
            answer = self._storage.misuse(own, change, _PICTURE)
        else:
            # The canary cannot wait for an expiry: a changed signature replaces it. The key is
            # new, since a storage may protect only the objects that exist.
            changed = CHANGES["tampered" if change == "expired" else change](self._own_url())
            self._note(certain_key(changed, self._client.target))
            answer = self._storage.put(changed.url, b"canary", _PICTURE)
        if answer.succeeded:
            limit = f"{seen}; the storage itself enforces no signatures: test with one that does"
            raise Blocked(limit=limit)
        if not answer.refuses:
            raise Blocked(limit=f"{_UNKNOWN} misuse of a URL was answered {answer.summary()}")

    def _own_url(self) -> SignedUrl:
        """Sign an upload URL for a key that was never written, and note the key for clean-up."""
        key = _new_key()
        self._note(key)
        return SignedUrl(self._bucket().presigned_put(key, _PICTURE))

    def _note(self, key: str | None) -> None:
        """Note a key that begins with a new one: nobody else can have it."""
        if key:
            self._ledger.add(Entry("object", key, proof=OWN))


def is_private(url: SignedUrl, target: Target) -> bool:
    """Whether the host of a URL is this machine or in a private network, as far as is known."""
    host = (url.parts.hostname or "").lower().rstrip(".")
    mapped = target.storage_resolve.get(host, host)
    name = urlsplit(f"//{mapped}").hostname or "" if mapped.count(":") <= 1 else mapped
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        found = socket.getaddrinfo(name.strip("[]"), None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    addresses = [ipaddress.ip_address(str(row[4][0]).split("%")[0]) for row in found]
    return any(not address.is_global for address in addresses)


def _new_key() -> str:
    return f"conformance-canary-{uuid4().hex}"
