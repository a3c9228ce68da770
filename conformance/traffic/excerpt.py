"""A body that passes by: its beginning is kept, all of it is counted and hashed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from conformance.harness.decoding import as_announced
from conformance.model.exchange import Response

if TYPE_CHECKING:
    from conformance.model.redaction import Headers

#: How many bytes of a message of the API are kept. A list of a hundred items has some 100 kB.
API_BYTES = 4 * 1024 * 1024
#: How many bytes of a file are kept.
FILE_BYTES = 64 * 1024
#: The encodings of a body that are read; others are passed on, and not judged.
READABLE = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})


class Excerpt:
    """The beginning of a body, with the size and the SHA-256 of all of it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept = bytearray()
        self._hash = hashlib.sha256()
        self.size = 0

    def add(self, piece: bytes) -> bytes:
        """Note the next piece, and return it."""
        self.size += len(piece)
        self._hash.update(piece)
        if len(self._kept) < self._limit:
            self._kept += piece[: self._limit - len(self._kept)]
        return piece

    @property
    def kept(self) -> bytes:
        """The bytes that were kept."""
        return bytes(self._kept)

    @property
    def excerpt_of(self) -> tuple[int, str] | None:
        """The size and the SHA-256 of the whole body, or None if all of it was kept."""
        return None if self.size <= self._limit else (self.size, self._hash.hexdigest())

    def response(self, status: int, headers: Headers, elapsed_s: float) -> Response:
        """Return the answer that has this body; one that cannot be read counts as cut off."""
        told = (value for name, value in headers if name.lower() == "content-encoding")
        encoding = ", ".join(told)
        readable = all(one.strip() in READABLE for one in encoding.lower().split(","))
        cut = self.size > self._limit
        # The end of an encoded body is needed to decode it, so the beginning stays as it is.
        as_sent = cut or not readable
        body, defect = (
            (self.kept, "") if as_sent else as_announced(encoding, self.kept, self._limit)
        )
        truncated = as_sent and bool(self.size)
        length = self.size if truncated else None
        return Response(status, headers, body, elapsed_s, truncated, defect, length)
