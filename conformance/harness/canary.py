"""Shows that a storage enforces signatures, before the API is blamed for an accepted request."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from conformance.harness import sample_files
from conformance.harness.ledger import Entry
from conformance.judge.finding import Blocked
from conformance.model.signed_url import SignedUrl
from conformance.model.url_changes import CHANGES, tampered

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.harness.bucket import Bucket
    from conformance.harness.client import Client
    from conformance.harness.ledger import Ledger
    from conformance.harness.storage import Storage

_PICTURE = "image/png"


class StorageCanary:
    """Tries changed URLs on a storage: first the given upload URL, then one that the kit signs."""

    def __init__(
        self, client: Client, storage: Storage, ledger: Ledger, bucket: Callable[[], Bucket]
    ) -> None:
        self._client, self._storage, self._ledger = client, storage, ledger
        self._bucket = bucket  # called only where the target names a bucket

    def check(self, url: SignedUrl, change: str) -> None:
        """Return when the storage behind an upload URL is known to enforce its signatures.

        It is known when the storage refuses this URL with another signature, or a URL that
        the kit signed itself and changed in the same way. A storage on the API's own origin
        is part of the API, and needs no proof.

        Args:
            url: The upload URL of a picture (image/png).
            change: What the storage accepted: one of `CHANGES`, an HTTP method that the URL
                was not signed for, or "expired".

        Raises:
            Blocked: The storage enforces no signatures, or nothing shows whether it does.
        """
        if self._client.is_own(url.url):
            return
        picture = sample_files.genuine(_PICTURE)
        answer = self._storage.put(tampered(url).url, picture, _PICTURE)
        if change != "tampered" and answer.status in range(400, 500):
            return
        self._try_own_url(change, f"a tampered signature got {answer.status or 'no answer'}")

    def _try_own_url(self, change: str, seen: str) -> None:
        key = f"conformance-canary-{uuid4().hex}"
        # Without a bucket nothing is stored, so nothing goes into the journal.
        if not self._client.target.s3_bucket:
            raise Blocked(
                capability="s3-access",
                seen=f"{seen}; nothing shows whether the storage enforces signatures",
            )
        url = SignedUrl(self._bucket().presigned_put(key, _PICTURE))
        self._ledger.add(Entry("object", key))
        control = self._storage.put(url.url, b"canary", _PICTURE)
        if not control.succeeded:
            raise Blocked(
                limit="nothing shows whether the storage enforces signatures:"
                f" the kit's own upload to the bucket was answered {control.summary()}"
            )
        if change.isupper():
            answer = self._storage.misuse(url, change, _PICTURE)
        else:
            # The canary cannot wait for an expiry: a changed signature replaces it.
            changed = CHANGES["tampered" if change == "expired" else change](url)
            answer = self._storage.put(changed.url, b"canary", _PICTURE)
        if not answer.refuses:
            limit = f"{seen}; the storage itself enforces no signatures: test with one that does"
            raise Blocked(limit=limit)
