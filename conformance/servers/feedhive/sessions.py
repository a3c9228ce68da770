"""The rules of FeedHive's upload sessions, without HTTP. Each rule of the page is a method."""

from __future__ import annotations

import io
import math
import re
import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.cursor import is_unicode
from conformance.servers.feedhive.state import MediaRow, State, UploadRow

if TYPE_CHECKING:
    from conformance.servers.answers import Settings

#: The supported MIME types, each with its media type (the table of the page).
TYPES = {
    "image/jpeg": "image",
    "image/jpg": "image",
    "image/png": "image",
    "image/gif": "gif",
    "video/mp4": "video",
    "video/quicktime": "video",
    "video/mov": "video",
}
_THUMBNAIL_SIZE = (160, 160)
_EXTENSION = re.compile(r"[A-Za-z0-9]{1,8}\Z")


class Sessions:
    """The upload sessions of all callers."""

    def __init__(self, settings: Settings, state: State) -> None:
        self.settings = settings
        self.state = state
        self.store = settings.store

    def now(self) -> float:
        """Return the time by this server's clock, in seconds since the epoch."""
        return time.time()

    # POST /media/uploads

    def create_upload(self, owner: str, filename: object, content_type: object) -> dict[str, Any]:
        """Open a session and return it with the signed URL for its file."""
        if not isinstance(filename, str) or not filename:
            raise Refusal(400, "filename must be a non-empty string")
        if not is_unicode(filename):
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
        """Return a key that no other upload has, for any filename."""
        extension = filename.rpartition(".")[2]
        suffix = f".{extension.lower()}" if _EXTENSION.match(extension) else ""
        return f"media/{owner}/{secrets.token_hex(16)}{suffix}"

    # POST /media/uploads/:id/complete, with the page's validation rules

    def complete_upload(self, owner: str, upload_id: str) -> str:
        """Check the four rules for a session, create the media record and return its id."""
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
        """Say whether the session already has its media."""
        return row.completed_at is not None

    def is_expired(self, row: UploadRow) -> bool:
        """Say whether the announced expiry is over."""
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
        """Return a new media id; it has a slash unless the settings ask for plain ids."""
        token = secrets.token_hex(10)
        return f"med_{token}" if self.settings.plain_ids else f"med_{token[:4]}/{token[4:]}"

    def thumbnail(self, row: UploadRow) -> str | None:
        """Store the thumbnail of an image and return its key; None if there cannot be one."""
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


def timestamp(seconds: float) -> str:
    """Return a time in ISO 8601, in UTC with milliseconds."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
