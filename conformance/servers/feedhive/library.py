"""The rules of FeedHive's media library, without HTTP: list, get and delete."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal, caller_of
from conformance.servers.feedhive.cursor import decoded, encoded
from conformance.servers.feedhive.posts import Posts
from conformance.servers.feedhive.sessions import Sessions, timestamp
from conformance.servers.feedhive.state import MediaRow, State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.servers.answers import Settings

DEFAULT_LIMIT = 20
MAXIMUM_LIMIT = 100
DOWNLOAD_TTL_S = 24 * 60 * 60
_RESIGN_S = 60.0


class Library(Sessions):
    """The uploads and the media of all callers."""

    def __init__(self, settings: Settings, state: State) -> None:
        super().__init__(settings, state)
        self._downloads: dict[str, tuple[str, float]] = {}
        # A deviation can replace these rules later, so each call looks them up again.
        self.posts = Posts(state, lambda: self.now(), lambda row: self.item(row))  # noqa: PLW0108

    def caller(self, operation: str, authorization: str) -> str:
        """Return the caller of a request to an operation, or refuse."""
        del operation  # every operation takes the same keys
        return caller_of(authorization, self.settings.tokens)

    def page_size(self, text: str | None) -> int:
        """Return the limit: 20 by default, 100 at most; refuse other texts than a number."""
        if text is None:
            return DEFAULT_LIMIT
        if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
            raise Refusal(400, "limit must be a whole number from 1 to 100")
        return min(int(text), MAXIMUM_LIMIT)

    def page(self, owner: str, limit: int, cursor: str | None) -> dict[str, Any]:
        """Return one page, newest first."""
        after = decoded(cursor) if cursor is not None else None
        # One row more than the page needs shows whether there is another page.
        rows, total = self.state.page(owner, limit + 1, after)
        shown, more = rows[:limit], len(rows) > limit
        return {
            "items": [self.item(row) for row in shown],
            "total": total,
            "has_more": more,
            "next_cursor": encoded((shown[-1].created_at, shown[-1].id)) if more else None,
        }

    def media(self, owner: str, media_id: str) -> dict[str, Any]:
        """Return an item of a caller."""
        row = self.state.media(media_id, owner)
        if row is None:
            raise Refusal(404, "Media not found")
        return self.item(row)

    def delete(self, owner: str, media_id: str) -> dict[str, Any]:
        """Remove the record, then its objects; return the item as it was."""
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
        """Return a download URL that works for a day; after a minute there is a new one."""
        url, signed_at = self._downloads.get(key, ("", 0.0))
        if time.monotonic() - signed_at > _RESIGN_S or not url:
            url, signed_at = self.store.signed_get(key, DOWNLOAD_TTL_S), time.monotonic()
            self._downloads[key] = url, signed_at
        return url


@contextmanager
def open_library(settings: Settings, folder: Path) -> Iterator[Library]:
    """Open a library whose database is in the folder; close it after the block."""
    state = State(folder / "feedhive.sqlite")
    try:
        yield Library(settings, state)
    finally:
        state.close()
