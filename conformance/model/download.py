"""Files that are handed out to be saved, so that no browser shows them.

A server may do so to every file that people upload: it names no type then, only "bytes".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.model.signed_url import SignedUrl

if TYPE_CHECKING:
    from conformance.model.exchange import Exchange

# RFC 2046 section 4.5.1, S3's own word for it, and what download scripts send.
_JUST_BYTES = frozenset(
    {
        "application/octet-stream",
        "binary/octet-stream",
        "application/force-download",
        "application/x-download",
    }
)


def is_a_download(exchange: Exchange) -> bool:
    """Whether an answer is only to be saved, and says so: then its type says nothing.

    It says so by its Content-Disposition (RFC 6266), or its URL orders that type from the
    storage (S3 GetObject, `response-content-type`). Without either, the type may just be lost.
    """
    if exchange.response is None or exchange.content_type not in _JUST_BYTES:
        return False
    disposition = exchange.response.header("content-disposition") or ""
    if disposition.strip().lower().startswith("attachment"):
        return True
    ordered = SignedUrl(exchange.request.url).parameter("response-content-type") or ""
    return ordered.strip().lower() == exchange.content_type
