"""The rules of FeedHive's posts, as far as they use media, without HTTP (FACTS: Posts)."""

from __future__ import annotations

import json
import math
import secrets
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.cursor import decoded, encoded, is_unicode
from conformance.servers.feedhive.sessions import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.feedhive.state import MediaRow, State

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS post (id TEXT PRIMARY KEY, owner TEXT NOT NULL,"
    " text TEXT NOT NULL, media TEXT NOT NULL, status TEXT NOT NULL, created_at REAL NOT NULL)"
)
_STATUSES = ("draft", "scheduled", "published")


class Posts:
    """The posts of all callers.

    `now` returns the server's time; `shown` returns a media record as the API shows it.
    """

    def __init__(
        self, state: State, now: Callable[[], float], shown: Callable[[MediaRow], dict[str, Any]]
    ) -> None:
        self.state = state
        self.now = now
        self.shown = shown
        with state.transaction() as connection:
            connection.execute(_SCHEMA)

    def create(self, owner: str, fields: dict[str, Any]) -> dict[str, Any]:
        """Create a post; `text` is required, `status` is draft by default."""
        post_id = self.new_id()
        values = self._checked(owner, {"media": [], "status": "draft", **fields})
        if "text" not in values:
            raise Refusal(400, "text is required")
        with self.state.transaction() as connection:
            connection.execute(
                "INSERT INTO post VALUES (?, ?, ?, ?, ?, ?)",
                (post_id, owner, *self._columns(values), self.now()),
            )
        return self.get(owner, post_id)

    def new_id(self) -> str:
        """Return an id that no post has."""
        return f"pst_{secrets.token_hex(10)}"

    def get(self, owner: str, post_id: str) -> dict[str, Any]:
        """Return a post of a caller; deleted media are not shown."""
        with self.state.transaction() as connection:
            found = connection.execute(
                "SELECT * FROM post WHERE id = ? AND owner = ?", (post_id, owner)
            ).fetchone()
        if found is None:
            raise Refusal(404, "Post not found")
        return self._shown(found)

    def page(self, owner: str, limit: int, cursor: str | None) -> dict[str, Any]:
        """Return one page of a caller's posts, newest first."""
        before = decoded(cursor) if cursor is not None else (math.inf, "")
        with self.state.transaction() as connection:
            total = connection.execute(
                "SELECT count(*) FROM post WHERE owner = ?", (owner,)
            ).fetchone()[0]
            rows = connection.execute(
                "SELECT * FROM post WHERE owner = ? AND (created_at, id) < (?, ?)"
                " ORDER BY created_at DESC, id DESC LIMIT ?",
                (owner, *before, limit + 1),
            ).fetchall()
        shown, more = rows[:limit], len(rows) > limit
        return {
            "items": [self._shown(row) for row in shown],
            "total": total,
            "has_more": more,
            "next_cursor": encoded((shown[-1][-1], shown[-1][0])) if more else None,
        }

    def update(self, owner: str, post_id: str, fields: dict[str, Any]) -> dict[str, Any]:
        """Replace the fields that a request names."""
        post = self.get(owner, post_id)
        kept = {**post, "media": [item["id"] for item in post["media"]]}
        values = {**kept, **self._checked(owner, fields)}
        with self.state.transaction() as connection:
            connection.execute(
                "UPDATE post SET text = ?, media = ?, status = ? WHERE id = ? AND owner = ?",
                (*self._columns(values), post_id, owner),
            )
        return self.get(owner, post_id)

    def delete(self, owner: str, post_id: str) -> dict[str, Any]:
        """Delete a post and return it as it was."""
        post = self.get(owner, post_id)
        with self.state.transaction() as connection:
            connection.execute("DELETE FROM post WHERE id = ? AND owner = ?", (post_id, owner))
        return post

    def _checked(self, owner: str, fields: dict[str, Any]) -> dict[str, Any]:
        """Return the known fields of a request; refuse wrong values."""
        known: dict[str, Any] = {
            name: fields[name] for name in ("text", "media", "status") if name in fields
        }
        text = known.get("text", "-")
        if not isinstance(text, str) or not text.strip() or not is_unicode(text):
            raise Refusal(400, "text must be a non-empty string")
        if known.get("status", "draft") not in _STATUSES:
            raise Refusal(400, f"status must be one of {', '.join(_STATUSES)}")
        media = known.get("media", [])
        if not isinstance(media, list) or not all(isinstance(one, str) for one in media):
            raise Refusal(400, "media must be a list of media ids")
        if len(set(media)) != len(media):
            raise Refusal(400, "media must not contain an id twice")
        if not all(is_unicode(one) and self.state.media(one, owner) for one in media):
            raise Refusal(400, "media contains an id that is not a media item of the caller")
        return known

    @staticmethod
    def _columns(values: dict[str, Any]) -> tuple[str, str, str]:
        return values["text"], json.dumps(values["media"]), values["status"]

    def _shown(self, row: tuple[str, str, str, str, str, float]) -> dict[str, Any]:
        post_id, owner, text, media, status, created_at = row
        rows = [self.state.media(one, owner) for one in json.loads(media)]
        items = [self.shown(one) for one in rows if one is not None]
        return {
            "id": post_id,
            "text": text,
            "status": status,
            "media": [
                {
                    "id": item["id"],
                    "type": item["type"],
                    "url": item["media_url"],
                    "thumbnail_url": item["thumbnail_url"],
                }
                for item in items
            ],
            "created_at": timestamp(created_at),
        }
