"""The state of the FeedHive reference server: upload sessions and media records in SQLite."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS upload (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, filename TEXT NOT NULL, content_type TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE, expires_at REAL NOT NULL, completed_at REAL
);
CREATE TABLE IF NOT EXISTS media (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, type TEXT NOT NULL, mime_type TEXT NOT NULL,
    key TEXT NOT NULL, thumbnail_key TEXT, created_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS media_order ON media (owner, created_at DESC, id DESC);
"""


@dataclass(frozen=True)
class UploadRow:
    """An upload session; times are seconds since the epoch."""

    id: str
    owner: str
    filename: str
    content_type: str
    key: str
    expires_at: float
    completed_at: float | None = None


@dataclass(frozen=True)
class MediaRow:
    """A media record; `created_at` is in seconds since the epoch."""

    id: str
    owner: str
    type: str
    mime_type: str
    key: str
    thumbnail_key: str | None
    created_at: float


#: A place in the list of media: `created_at` and `id` of the record before it.
Position = tuple[float, str]


class State:
    """All reads and writes of the database; each method is one transaction."""

    def __init__(self, path: Path) -> None:
        # The lock gives the one connection to one thread at a time.
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the database, after the transaction that is running."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run the block in a transaction; roll it back if the block raises."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def add_upload(self, row: UploadRow) -> None:
        """Store a new session."""
        with self.transaction() as connection:
            connection.execute(
                "INSERT INTO upload VALUES (?, ?, ?, ?, ?, ?, ?)",
                (row.id, row.owner, row.filename, row.content_type, row.key, row.expires_at, None),
            )

    def upload(self, upload_id: str, owner: str) -> UploadRow | None:
        """Return a session of the caller; None if there is no such session."""
        with self.transaction() as connection:
            found = connection.execute(
                "SELECT * FROM upload WHERE id = ? AND owner = ?", (upload_id, owner)
            ).fetchone()
        return UploadRow(*found) if found else None

    def complete(self, upload_id: str, media: MediaRow) -> bool:
        """Mark the session as completed and add the record; False if it was completed before."""
        with self.transaction() as connection:
            won = connection.execute(
                "UPDATE upload SET completed_at = ? WHERE id = ? AND completed_at IS NULL",
                (media.created_at, upload_id),
            ).rowcount
            if won:
                connection.execute(
                    "INSERT INTO media VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        *(media.id, media.owner, media.type, media.mime_type),
                        *(media.key, media.thumbnail_key, media.created_at),
                    ),
                )
        return bool(won)

    def page(self, owner: str, limit: int, after: Position | None) -> tuple[list[MediaRow], int]:
        """Return up to `limit` records behind a position, newest first, and the total."""
        with self.transaction() as connection:
            total = connection.execute(
                "SELECT count(*) FROM media WHERE owner = ?", (owner,)
            ).fetchone()
            rows = connection.execute(
                "SELECT * FROM media WHERE owner = ? AND (? IS NULL OR (created_at, id) < (?, ?))"
                " ORDER BY created_at DESC, id DESC LIMIT ?",
                (owner, after and after[0], after and after[0], after and after[1], limit),
            ).fetchall()
        return [MediaRow(*row) for row in rows], total[0]

    def media(self, media_id: str, owner: str) -> MediaRow | None:
        """Return a record of the caller; None if there is no such record."""
        with self.transaction() as connection:
            found = connection.execute(
                "SELECT * FROM media WHERE id = ? AND owner = ?", (media_id, owner)
            ).fetchone()
        return MediaRow(*found) if found else None

    def remove(self, media_id: str, owner: str) -> MediaRow | None:
        """Remove and return a record of the caller; None if there is no such record."""
        with self.transaction() as connection:
            found = connection.execute(
                "DELETE FROM media WHERE id = ? AND owner = ? RETURNING *", (media_id, owner)
            ).fetchone()
        return MediaRow(*found) if found else None
