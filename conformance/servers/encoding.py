"""Encodes stored files again, as a worker or a CDN does that removes metadata."""

from __future__ import annotations

import io

from PIL import Image, ImageOps, UnidentifiedImageError

#: An empty box of type `free`, which every player of MP4 and QuickTime ignores.
_FREE_BOX = b"\x00\x00\x00\x08free"


def encoded_again(body: bytes, mime_type: str, *, inverted: bool = False) -> bytes:
    """Return a picture that was encoded again, or a film with a box that nobody needs.

    Args:
        body: The file; what cannot be decoded stays as it is.
        mime_type: Its type.
        inverted: Whether the picture shows its negative; a film never does.
    """
    if mime_type.startswith("video/"):
        return body + _FREE_BOX
    encoded = io.BytesIO()
    try:
        with Image.open(io.BytesIO(body)) as image:
            shown = ImageOps.invert(image.convert("RGB")) if inverted else image.copy()
            shown.info.clear()  # comments would be written again
            shown.save(encoded, image.format, save_all=mime_type == "image/gif")
    except (UnidentifiedImageError, OSError, ValueError):
        return body
    return encoded.getvalue()


def as_webp(body: bytes) -> bytes | None:
    """Return a picture as WebP, or None for what cannot be decoded."""
    encoded = io.BytesIO()
    try:
        with Image.open(io.BytesIO(body)) as image:
            image.save(encoded, "WEBP", quality=80)
    except (UnidentifiedImageError, OSError, ValueError):
        return None
    return encoded.getvalue()
