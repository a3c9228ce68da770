"""Parts of a public file, as a player of films asks for them (RFC 9110 section 14)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.model.exchange import Exchange

#: What is asked for, by what it is: a player begins with the first.
PARTS = {"all of it": "0-", "bytes inside it": "100-299"}
_PARTIAL = 206
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(?:\d+|\*)")


def is_a_part(answer: Exchange, part: str, whole: bytes) -> bool:
    """Whether an answer to a request for a part may be right: only a success can be wrong.

    A server may send the whole file instead, or a part that is not all that was asked for.

    Args:
        answer: The answer to the request for the part.
        part: What was asked for: the first byte, a dash, and the last byte or nothing.
        whole: The file, as the same URL gives it to a request for all of it.
    """
    response = answer.response
    if response is None or not answer.succeeded or response.header("content-encoding"):
        return True
    if answer.content_type.startswith("multipart/"):
        return True  # the parts are inside
    told = _CONTENT_RANGE.fullmatch(response.header("content-range") or "")
    first, last = told.groups() if told else part.split("-")
    wanted = whole[int(first) : int(last) + 1 if last else None]
    # Some storages label a part with 200.
    return response.body == wanted or (response.status != _PARTIAL and response.body == whole)
