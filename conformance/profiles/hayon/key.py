"""What an upload's key says: which object it names, of which kind, in whose folder."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.model.signed_url import SignedUrl

# A host of S3's own that begins with the bucket, so that the path is the key and nothing
# else. Private endpoints (vpce) begin with a name of their own.
_BUCKET_HOST = re.compile(
    r"(?!.*\.vpce\.)[^/]+\.s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?(?::\d+)?"
)
# One of another store may begin with the bucket or with a name of its own.
_STORE_HOST = re.compile(r"[^/]+\.s3\..+")
# What a key of a media file may end with, and a random name does not.
_EXTENSIONS = frozenset({"png", "jpg", "jpeg", "webp", "mp4", "m4v", "mov", "qt"})


def writes(url: SignedUrl, key: str) -> bool:
    """Say whether an upload URL is that of the key's object, as far as the URL tells.

    Before the key may stand the bucket, and on a domain of one's own anything. In a URL
    that S3 itself reads, a slash more makes another key.
    """
    if _BUCKET_HOST.fullmatch(url.host):
        return url.path == f"/{key}"
    if not url.is_sigv4:
        return url.path.endswith("/" + key.lstrip("/"))
    before = url.path.removesuffix(f"/{key}")
    if before == url.path:
        return False
    return not _STORE_HOST.fullmatch(url.host) or before.count("/") <= 1


def extension(key: str) -> str:
    """Return the extension that says of which kind a key's file is, or nothing."""
    found = key.rpartition("/")[2].rpartition(".")[2].lower()
    return found if found in _EXTENSIONS else ""


def folder(keys: Iterable[str]) -> str:
    """Return the folder that all the keys lie in, with its slash; nothing when there is none."""
    columns = zip(*(key.split("/")[:-1] for key in keys), strict=False)
    return "".join(f"{names[0]}/" for names in takewhile(lambda one: len(set(one)) == 1, columns))
