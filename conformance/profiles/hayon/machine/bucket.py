"""The objects of stored uploads, as the bucket's owner sees them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from conformance.harness import upload_url
from conformance.harness.sight import Look, compared
from conformance.judge import expect
from conformance.profiles.hayon.machine.answers import Findings
from conformance.profiles.hayon.public import served_as

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.harness.bucket import Bucket, StoredObject
    from conformance.judge.finding import Violation
    from conformance.profiles.hayon.given import Upload


def stored_in(bucket: Bucket, upload: Upload) -> list[Violation]:
    """Judge what a PUT stored: the bytes, the declared type, and the key.

    Raises `Blocked` when the credentials do not show it.
    """
    findings = Findings()
    with findings.under("HY-PUT-07"):
        found = upload_url.object_behind(bucket, upload)
        with findings.under("HY-PUT-07"):
            upload_url.stored_the_bytes(bucket, upload)
        with findings.under("HY-PUT-08"):
            accepted = served_as(upload.content_type)
            wanted = f"the content type of the stored object to be {' or '.join(sorted(accepted))}"
            expect.that(found.content_type in accepted, wanted, f"it is {found.content_type}")
        with findings.under("HY-PUT-10"):
            actual = f"the object is under {found.key!r}, and s3Key is {upload.key!r}"
            stored = bucket.find(upload.key)
            expect.that(stored, "the object in the bucket under s3Key", actual, upload.exchange)
    return findings.found


def kept_in(bucket: Bucket, uploads: Iterable[Upload], row: str) -> list[Violation]:
    """Judge under a row that the objects of uploads are still there, and show what was stored.

    A server may process an object after its upload, for example to remove its metadata.
    """
    findings = Findings()
    for upload in uploads:
        with findings.under(row):
            found = bucket.find(upload.key)
            same = found is not None and _shows_the_same(upload, found)
            actual = f"the object {upload.key} {'has other bytes' if found else 'is gone'}"
            expect.that(same, "every stored file in the bucket", actual, upload.exchange)
    return findings.found


def _shows_the_same(upload: Upload, found: StoredObject) -> bool:
    """Whether an object is what was stored; where only a decoder could tell, the answer is yes."""
    same = found.sha256 == hashlib.sha256(upload.body).hexdigest()
    return same or compared(upload.body, found.body) is not Look.ANOTHER
