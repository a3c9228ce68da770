"""Receives and decompresses bodies, never beyond a limit.

A few bytes can decompress to gigabytes, and a body can be compressed several times, so each
step stops at the limit. The kit asks for gzip and deflate only.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from conformance.judge.contract import is_json_label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.harness.pools import RawHeaders
    from conformance.target import Limits

#: What the kit accepts (RFC 9110 section 12.5.3).
ACCEPTED = "gzip, deflate"
#: So many encodings one body may have: nobody needs more than one.
MOST_ENCODINGS = 4
_GZIP, _ZLIB, _RAW = 31, 15, -15
_NAMES = {"gzip": (_GZIP,), "x-gzip": (_GZIP,), "deflate": (_ZLIB, _RAW)}


# So much stays of a body that was cut: nobody can use it, but a reader wants to see it.
_EXCERPT_BYTES = 8 * 1024


class Undecodable(Exception):
    """The body is not what its Content-Encoding says; the text says why."""


def value_of(headers: RawHeaders, name: bytes) -> str:
    """Return the value of a header, given in lower case; several values with commas between."""
    joined = b", ".join(value for key, value in headers if key.lower() == name)
    try:
        return joined.decode()
    except UnicodeDecodeError:
        return joined.decode("latin-1")


def most_bytes(headers: RawHeaders, limits: Limits) -> int:
    """Return how many bytes of a body the kit needs: a text is only read as JSON."""
    label = value_of(headers, b"content-type").partition(";")[0].strip().lower()
    is_text = label.startswith("text/") or is_json_label(label)
    return min(limits.response_bytes, limits.json_bytes) if is_text else limits.response_bytes


def received(pieces: Iterable[bytes], encoding: str, limit: int) -> tuple[bytes, bool, str]:
    """Read the body of an answer, and stop at a limit while it arrives.

    Args:
        pieces: The body as it arrives.
        encoding: The value of Content-Encoding; empty without one.
        limit: The most bytes to receive, and to decompress.

    Returns:
        The body, whether it is longer than the limit, and why it cannot be decoded. A body
        that is longer is only an excerpt.
    """
    raw = bytearray()
    for piece in pieces:
        raw += piece
        if len(raw) > limit:
            break
    came, size = bytes(memoryview(raw)[:limit]), len(raw)
    raw.clear()  # a long body is there only once
    body, defect = as_announced(encoding, came, limit)
    truncated = max(size, len(body)) > limit
    return body[: min(limit, _EXCERPT_BYTES) if truncated else limit], truncated, defect


def as_announced(encoding: str, raw: bytes, limit: int) -> tuple[bytes, str]:
    """Return the decoded body up to a limit; or the raw bytes, and why they cannot be decoded."""
    if not encoding or not raw:
        return raw, ""
    try:
        return decoded(raw, encoding, limit), ""
    except Undecodable as why:
        return raw, f"its Content-Encoding is {encoding[:40]}, but it cannot be decoded: {why}"


def decoded(body: bytes, encoding: str, limit: int) -> bytes:
    """Return a decoded body up to a limit, and one byte more where it is longer.

    Args:
        body: The bytes as they were received.
        encoding: The value of Content-Encoding. With an encoding that the kit did not ask for,
            the bytes stay as they are.
        limit: The most bytes to return, at each step.

    Raises:
        Undecodable: The bytes are not compressed like that.
    """
    names = [name for part in encoding.split(",") if (name := part.strip().lower())]
    names = [name for name in names if name != "identity"]
    if any(name not in _NAMES for name in names):
        return body
    if len(names) > MOST_ENCODINGS:
        raise Undecodable(f"it has {len(names)} encodings")
    for name in reversed(names):
        body = _unpacked(body, name, limit)
    return body


def _unpacked(body: bytes, name: str, limit: int) -> bytes:
    for wbits in _NAMES[name]:
        try:
            return zlib.decompressobj(wbits).decompress(body, limit + 1)
        except zlib.error:
            continue
    raise Undecodable(f"it is not {name}")
