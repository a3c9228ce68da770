"""The rules of Hayon's media upload and posts, without HTTP."""

from __future__ import annotations

import math
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from uuid import uuid4

from conformance.servers.answers import Refusal, caller_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.servers.answers import Settings

#: The content types of the page, each with the extension of its keys.
EXTENSIONS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
}
#: The first part of the path under which uploaded objects are public.
PUBLIC_PREFIX = "cdn"


class Publisher:
    """The upload URLs, the public objects, and the posts that use them."""

    def __init__(self, settings: Settings, database: Path) -> None:
        self.settings = settings
        self.store = settings.store
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        self._connection.execute("CREATE TABLE post (id TEXT PRIMARY KEY, owner TEXT, text TEXT)")

    def close(self) -> None:
        """Close the database of the posts, after the statement that is running."""
        with self._lock:
            self._connection.close()

    def caller(self, operation: str, authorization: str) -> str:
        """Return the caller of a request to an operation, or refuse; public objects need no key."""
        if operation == "get_public_object":
            return ""
        return caller_of(authorization, self.settings.tokens)

    def upload_url(self, caller: str, content_type: object, base_url: str) -> dict[str, Any]:
        """Return a signed upload URL for one new object (page, POST /api/posts/media/upload)."""
        if not isinstance(content_type, str) or content_type not in EXTENSIONS:
            raise Refusal(400, "Invalid media type")
        key = self.object_key(caller, content_type)
        seconds = math.ceil(self.settings.upload_ttl)
        return {
            "uploadUrl": self.store.signed_put(key, content_type, seconds),
            "s3Url": f"{base_url.rstrip('/')}/{PUBLIC_PREFIX}/{key}",
            "s3Key": key,
            "contentType": content_type,
        }

    def object_key(self, caller: str, content_type: str) -> str:
        """Return a key made of the caller's id and a random UUID."""
        return f"posts/{caller}/{uuid4()}.{EXTENSIONS[content_type]}"

    def public_object(self, key: str) -> tuple[bytes, str]:
        """Return the bytes and the type of an uploaded object, for every client."""
        stored = self.store.head(key) if key.startswith("posts/") else None
        if stored is None:
            raise Refusal(404, "Not found")
        return self.store.read(key), stored[1]

    def create_post(self, caller: str, content: object) -> dict[str, Any]:
        """Create a post; its media items must name objects of the caller (FACTS: Create Post)."""
        text, items = self._checked(caller, content)
        post_id = str(uuid4())
        with self._lock:
            self._connection.execute("INSERT INTO post VALUES (?, ?, ?)", (post_id, caller, text))
        return {"id": post_id, "content": {"text": text, "mediaItems": items}}

    def update_post(self, caller: str, post_id: str, content: object) -> dict[str, Any]:
        """Replace the content of a post of the caller."""
        text, items = self._checked(caller, content)
        with self._lock:
            changed = self._connection.execute(
                "UPDATE post SET text = ? WHERE id = ? AND owner = ?", (text, post_id, caller)
            ).rowcount
        if not changed:
            raise Refusal(404, "Post not found")
        return {"id": post_id, "content": {"text": text, "mediaItems": items}}

    def _checked(self, caller: str, content: object) -> tuple[str, list[dict[str, Any]]]:
        text = content.get("text", "") if isinstance(content, dict) else None
        items = content.get("mediaItems", []) if isinstance(content, dict) else None
        if not isinstance(text, str) or not isinstance(items, list):
            raise Refusal(400, "content must hold a text and mediaItems")
        for item in items:
            url = item.get("s3Url") if isinstance(item, dict) else None
            key = item.get("s3Key") if isinstance(item, dict) else None
            if not isinstance(url, str) or not isinstance(key, str):
                raise Refusal(400, "each media item must hold s3Url and s3Key")
            if not unquote(url.partition("?")[0]).endswith(f"/{key}") or not key.startswith(
                f"posts/{caller}/"
            ):
                raise Refusal(400, "a media item does not name an upload of the caller")
        return text, items


@contextmanager
def open_publisher(settings: Settings, folder: Path) -> Iterator[Publisher]:
    """Open a publisher whose database is in the folder; close it after the block."""
    publisher = Publisher(settings, folder / "hayon.sqlite")
    try:
        yield publisher
    finally:
        publisher.close()
