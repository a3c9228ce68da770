"""The cursor of GET /media: the position of an item in the list, as a text."""

from __future__ import annotations

import base64
import binascii
import json
import math
from typing import TYPE_CHECKING

from conformance.servers.answers import Refusal

if TYPE_CHECKING:
    from conformance.servers.feedhive.state import Position


def encoded(position: Position) -> str:
    """Return the cursor for the items behind a position."""
    text = json.dumps(position).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def decoded(cursor: str) -> Position:
    """Return the position in a cursor; refuse a cursor that cannot be decoded."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        created_at, media_id = json.loads(base64.b64decode(padded, b"-_", validate=True))
    except (UnicodeError, binascii.Error, ValueError, TypeError, RecursionError):
        raise Refusal(400, "cursor cannot be decoded") from None
    number = isinstance(created_at, float) and math.isfinite(created_at)
    if not number or not isinstance(media_id, str) or not is_unicode(media_id):
        raise Refusal(400, "cursor cannot be decoded")
    return created_at, media_id


def is_unicode(text: str) -> bool:
    """Say whether a text has no lone surrogate: JSON can hold one, the database cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
