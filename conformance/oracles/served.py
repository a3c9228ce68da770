"""What is wrong with a file that the storage served, by the bytes that were stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.knowledge.stored import sha256_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.knowledge.knowledge import Knowledge
    from conformance.knowledge.place import Place
    from conformance.knowledge.stored import Write


def wrong_file(knowledge: Knowledge, own: Sequence[Write], place: Place | None, body: bytes) -> str:
    """Return why served bytes cannot be those of an upload.

    A server may convert a file, so other bytes alone prove nothing.

    Args:
        knowledge: What is known of the storage.
        own: The writes of the upload, the last of which is named.
        place: Where the upload was stored.
        body: The bytes that were served.

    Returns:
        The reason in words; an empty text if they are right, or if nothing was served.
    """
    served = sha256_of(body)
    if not body or served in {write.sha256 for write in own}:
        return ""
    if knowledge.places_of_bytes(served) - {place}:
        return "it serves the file of another upload"
    if all(len(body) < write.size and write.body.startswith(body) for write in own):
        return f"it serves only the first {len(body):,} of {own[-1].size:,} bytes"
    return ""
