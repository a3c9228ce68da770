"""The nouns of the cases: an upload session, and the media item that it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - read by dataclass
from typing import TYPE_CHECKING, Self

from conformance.harness import sample_files
from conformance.model.signed_url import SignedUrl

if TYPE_CHECKING:
    from conformance.model.exchange import Exchange

#: The MIME table of the page: what each declared type becomes.
RESULTING_TYPES = {
    "image/jpeg": "image",
    "image/jpg": "image",
    "image/png": "image",
    "image/gif": "gif",
    "video/mp4": "video",
    "video/quicktime": "video",
    "video/mov": "video",
}

#: Types that a server may report for a declared one: the table itself lists them as aliases.
REPORTED_TYPES = {
    "image/jpg": frozenset({"image/jpg", "image/jpeg"}),
    "video/mov": frozenset({"video/mov", "video/quicktime"}),
}


@dataclass
class Upload:
    """An upload session as the server announced it, and the body that a case stores in it."""

    id: str
    url: str
    content_type: str
    filename: str
    expires_at: datetime | None
    exchange: Exchange
    caller: str = "main"
    body: bytes = b""
    media_id: str | None = None

    @property
    def signed(self) -> SignedUrl:
        """The upload URL, decoded."""
        return SignedUrl(self.url)


@dataclass(frozen=True)
class Media:
    """A media item that a case made: its id, and the session that it came from."""

    id: str
    upload: Upload

    @classmethod
    def of(cls, upload: Upload) -> Self:
        """Return the media of an upload that was completed."""
        return cls(upload.media_id or "", upload)

    @property
    def content_type(self) -> str:
        """The declared type."""
        return self.upload.content_type


def genuine_body(content_type: str) -> bytes:
    """Return a genuine file of a declared type, different from all others."""
    return sample_files.unique(content_type)


def plain_type(content_type: str) -> str:
    """Return a type without parameters and blanks, in lower case (RFC 9110 section 8.3.1)."""
    return content_type.partition(";")[0].strip().lower()


def reported_types(content_type: str) -> frozenset[str]:
    """Return the types that a server may report for a declared one."""
    return REPORTED_TYPES.get(content_type, frozenset({content_type}))
