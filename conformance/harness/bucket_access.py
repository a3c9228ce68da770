"""Whether there is a bucket to read, and which key of it a URL names; botocore loads only then.

It takes botocore as long to load as everything else that a run needs before its first request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.harness.bucket import Bucket
    from conformance.model.signed_url import SignedUrl
    from conformance.target import Target

#: The names of this machine, under which a server may know the storage gate.
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


def bucket_of(target: Target) -> Bucket:
    """Return the bucket of a target; raises `Blocked` where it was not given."""
    from conformance.harness.bucket import Bucket  # noqa: PLC0415 - see above

    return Bucket(target)


def certain_key(url: SignedUrl, target: Target) -> str | None:
    """Return the key of a URL that certainly leads into the target's bucket, or None.

    It leads there also over the storage gate.
    """
    if not target.s3_bucket:
        return None
    key = url.key_in(target.s3_bucket, target.s3_endpoint)
    if key is None and target.storage_gate:
        host = url.host.rpartition(":")
        if host[2] == str(target.storage_gate) and host[0] in LOOPBACK:
            return url.key_in(target.s3_bucket, f"http://{url.host}")
    return key
