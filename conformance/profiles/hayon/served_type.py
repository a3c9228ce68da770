"""The content type with which a public URL serves a file (HY-PUBLIC-02)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge import expect
from conformance.model.download import is_a_download
from conformance.profiles.hayon.public import served_as

if TYPE_CHECKING:
    from conformance.model.exchange import Exchange
    from conformance.profiles.hayon.given import Upload

# How files of the types begin into which a CDN converts pictures for browsers that know them:
# where the mark stands, and what it is (RFC 9649, ISO/IEC 23000-22, ISO/IEC 18181-2).
_CONVERTED = {
    "image/webp": (8, (b"WEBP",)),
    "image/avif": (4, (b"ftypavif", b"ftypavis", b"ftypmif1")),
    "image/jxl": (0, (b"\xff\x0a", b"\x00\x00\x00\x0cJXL ")),
}


def has_its_type(exchange: Exchange, upload: Upload) -> None:
    """Judge the type of a public file: that of the upload, or of what a CDN made of a picture.

    Args:
        exchange: The answer, whose body shows the upload.
        upload: The upload.

    Raises:
        Violation: The type is another one.
    """
    if is_a_download(exchange) or _is_converted(exchange, upload):
        return
    accepted = served_as(upload.content_type)
    expect.that(
        exchange.content_type in accepted,
        f"the content type to be {' or '.join(sorted(accepted))}",
        f"it is {exchange.content_type or 'missing'}",
        exchange,
    )


def _is_converted(exchange: Exchange, upload: Upload) -> bool:
    """Whether other bytes than those sent are a file of the type that the answer names."""
    body = exchange.response.body if exchange.response else b""
    if body == upload.body or not upload.content_type.startswith("image/"):
        return False
    start, marks = _CONVERTED.get(exchange.content_type, (0, ()))
    return body[start:].startswith(marks)
