"""The parts of an upload's key: the object that it names, its extension and its folder."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.model.signed_url import SignedUrl

# A host of S3 that begins with the bucket, so that the whole path is the key. The host of a
# private endpoint (vpce) begins with another name.
_BUCKET_HOST = re.compile(
    r"(?!.*\.vpce\.)[^/]+\.s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?(?::\d+)?"
)
# The host of another store may begin with the bucket or with another name.
_STORE_HOST = re.compile(r"[^/]+\.s3\..+")
# The extensions of media files; a random name does not end with one.
_EXTENSIONS = frozenset({"png", "jpg", "jpeg", "webp", "mp4", "m4v", "mov", "qt"})


def writes(url: SignedUrl, key: str) -> bool:
    """Whether an upload URL writes the object of a key, as far as the URL shows it.

    Before the key the path may hold the bucket, and on a custom domain any folder. In a URL
    that S3 itself reads, one more slash makes another key.
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
    """Return the extension of a key that shows the type of its file, or an empty text."""
    found = key.rpartition("/")[2].rpartition(".")[2].lower()
    return found if found in _EXTENSIONS else ""


def folder(keys: Iterable[str]) -> str:
    """Return the folder that all keys share, with its slash; an empty text if they share none."""
    columns = zip(*(key.split("/")[:-1] for key in keys), strict=False)
    return "".join(f"{names[0]}/" for names in takewhile(lambda one: len(set(one)) == 1, columns))
