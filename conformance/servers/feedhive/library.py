"""What FeedHive's media endpoints decide, free of HTTP: sessions, validation, pages, deletion.

Each rule of the page is a method of its own.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import math
import re
import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError

from conformance.servers.answers import Refusal, caller_of
from conformance.servers.feedhive.state import MediaRow, Position, State, UploadRow

if TYPE_CHECKING:
    from conformance.servers.answers import Settings

#: The page's table: what each supported MIME type becomes.
TYPES = {
    "image/jpeg": "image",
    "image/jpg": "image",
    "image/png": "image",
    "image/gif": "gif",
    "video/mp4": "video",
    "video/quicktime": "video",
    "video/mov": "video",
}
DEFAULT_LIMIT = 20
MAXIMUM_LIMIT = 100
DOWNLOAD_TTL_S = 24 * 60 * 60
_RESIGN_S = 60.0
_THUMBNAIL_SIZE = (160, 160)
_EXTENSION = re.compile(r"[A-Za-z0-9]{1,8}\Z")


class Library:
    """The uploads and the media of all callers."""

    def __init__(self, settings: Settings, state: State) -> None:
        """Keep records in the state and bytes in the settings' store."""
        self.settings = settings
        self.state = state
        self.store = settings.store
        self._downloads: dict[str, tuple[str, float]] = {}

    def caller(self, operation: str, authorization: str) -> str:
        """Return whose key was sent with a request to an operation, or refuse."""
        del operation  # one key opens all five
        return caller_of(authorization, self.settings.tokens)

    def now(self) -> float:
        """Return the time by this server's clock, in seconds since the epoch."""
        return time.time()

    # Upload sessions (page, POST /media/uploads)

    def create_upload(self, owner: str, filename: object, content_type: object) -> dict[str, Any]:
        """Open a session of ten minutes and sign the URL that takes its bytes."""
        if not isinstance(filename, str) or not filename:
            raise Refusal(400, "filename must be a non-empty string")
        if not _is_unicode(filename):
            raise Refusal(400, "filename must be valid Unicode")
        if not isinstance(content_type, str) or content_type not in TYPES:
            raise Refusal(400, f"content_type must be one of {', '.join(TYPES)}")
        key = self.object_key(owner, filename)
        ttl = self.settings.upload_ttl
        row = UploadRow(
            f"upl_{secrets.token_hex(12)}", owner, filename, content_type, key, self.now() + ttl
        )
        url = self.store.signed_put(key, content_type, math.ceil(ttl))
        self.state.add_upload(row)
        return {"upload_id": row.id, "upload_url": url, "expires_at": timestamp(row.expires_at)}

    def object_key(self, owner: str, filename: str) -> str:
        """Return a key that no other upload has, whatever the filename is."""
        extension = filename.rpartition(".")[2]
        suffix = f".{extension.lower()}" if _EXTENSION.match(extension) else ""
        return f"media/{owner}/{secrets.token_hex(16)}{suffix}"

    # Completion (page, POST /media/uploads/:id/complete, validation rules)

    def complete_upload(self, owner: str, upload_id: str) -> str:
        """Hold the session to all four rules and create the record; return its id."""
        row = self.state.upload(upload_id, owner)
        if row is None:
            raise Refusal(404, "Upload session not found")
        if self.is_completed(row):
            raise Refusal(409, "Upload session is already completed")
        if self.is_expired(row):
            raise Refusal(400, "Upload session has expired")
        self.check_object(row)
        media = MediaRow(
            *(self.media_id(), owner, TYPES[row.content_type], row.content_type),
            *(row.key, self.thumbnail(row), self.now()),
        )
        if not self.state.complete(row.id, media):
            raise Refusal(409, "Upload session is already completed")
        return media.id

    def is_completed(self, row: UploadRow) -> bool:
        """Whether the session has made its media already."""
        return row.completed_at is not None

    def is_expired(self, row: UploadRow) -> bool:
        """Whether the announced moment has passed."""
        return self.now() >= row.expires_at

    def check_object(self, row: UploadRow) -> None:
        """Refuse unless the object exists, holds bytes and has the declared type."""
        stored = self.store.head(row.key)
        if stored is None:
            raise Refusal(400, "Nothing was uploaded yet")
        size, content_type = stored
        if size == 0:
            raise Refusal(400, "The uploaded object is empty")
        if content_type != row.content_type:
            raise Refusal(400, "The uploaded object has another content type than declared")

    def media_id(self) -> str:
        """Return a new id, with a slash in it unless plain ids are wanted."""
        token = secrets.token_hex(10)
        return f"med_{token}" if self.settings.plain_ids else f"med_{token[:4]}/{token[4:]}"

    def thumbnail(self, row: UploadRow) -> str | None:
        """Store a small picture of an image beside it; None when it cannot be made."""
        if not row.content_type.startswith("image/"):
            return None
        try:
            with Image.open(io.BytesIO(self.store.read(row.key))) as image:
                small = image.convert("RGB")
                small.thumbnail(_THUMBNAIL_SIZE)
        except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
            return None
        encoded = io.BytesIO()
        small.save(encoded, "PNG")
        key = f"thumbnails/{row.key}.png"
        self.store.write(key, encoded.getvalue(), "image/png")
        return key

    # The library (page, GET /media, GET /media/:id, DELETE /media/:id)

    def page_size(self, text: str | None) -> int:
        """Read the limit: 20 by default, clamped to 100, refused when no positive number."""
        if text is None:
            return DEFAULT_LIMIT
        if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
            raise Refusal(400, "limit must be a whole number from 1 to 100")
        return min(int(text), MAXIMUM_LIMIT)

    def page(self, owner: str, limit: int, cursor: str | None) -> dict[str, Any]:
        """Return one page, newest first; one row too many tells whether there is more."""
        after = _decoded(cursor) if cursor is not None else None
        rows, total = self.state.page(owner, limit + 1, after)
        shown, more = rows[:limit], len(rows) > limit
        return {
            "items": [self.item(row) for row in shown],
            "total": total,
            "has_more": more,
            "next_cursor": _encoded((shown[-1].created_at, shown[-1].id)) if more else None,
        }

    def media(self, owner: str, media_id: str) -> dict[str, Any]:
        """Return a caller's item."""
        row = self.state.media(media_id, owner)
        if row is None:
            raise Refusal(404, "Media not found")
        return self.item(row)

    def delete(self, owner: str, media_id: str) -> dict[str, Any]:
        """Remove the record first, then its objects; return the item as it was."""
        row = self.state.remove(media_id, owner)
        if row is None:
            raise Refusal(404, "Media not found")
        item = self.item(row)
        for key in filter(None, (row.key, row.thumbnail_key)):
            self.store.remove(key)
            self._downloads.pop(key, None)
        return item

    def item(self, row: MediaRow) -> dict[str, Any]:
        """Return a record as the API shows it."""
        thumbnail = row.thumbnail_key
        return {
            "id": row.id,
            "type": row.type,
            "mime_type": row.mime_type,
            "media_url": self.download_url(row.key),
            "thumbnail_url": self.download_url(thumbnail) if thumbnail else None,
            "created_at": timestamp(row.created_at),
        }

    def download_url(self, key: str) -> str:
        """Return a URL that gives the object for a day; signed anew after a minute."""
        url, signed_at = self._downloads.get(key, ("", 0.0))
        if time.monotonic() - signed_at > _RESIGN_S or not url:
            url, signed_at = self.store.signed_get(key, DOWNLOAD_TTL_S), time.monotonic()
            self._downloads[key] = url, signed_at
        return url


def timestamp(seconds: float) -> str:
    """Write a moment in ISO 8601, in milliseconds and UTC."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _encoded(position: Position) -> str:
    text = json.dumps(position).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _decoded(cursor: str) -> Position:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        created_at, media_id = json.loads(base64.b64decode(padded, b"-_", validate=True))
    except (UnicodeError, binascii.Error, ValueError, TypeError, RecursionError):
        raise Refusal(400, "cursor cannot be decoded") from None
    number = isinstance(created_at, float) and math.isfinite(created_at)
    if not number or not isinstance(media_id, str) or not _is_unicode(media_id):
        raise Refusal(400, "cursor cannot be decoded")
    return created_at, media_id


def _is_unicode(text: str) -> bool:
    """Whether the text has no lone surrogate, which JSON can spell and no database can hold."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
