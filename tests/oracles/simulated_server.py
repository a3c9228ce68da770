"""A correct FeedHive in memory: its freedoms are traits, and a wrong server overrides a rule.

It answers one request at one moment; who sends the requests decides when that moment is.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

BASE = "https://api.example.com"
STORE = "https://store.example.com/bucket"
TOKENS = {"main": "tok_main_0123456789abcdef", "other": "tok_other_0123456789abcdef"}
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
TYPES = {"image/png": "image", "image/jpeg": "image", "image/gif": "gif", "video/mp4": "video"}
MAGIC = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "image/gif": b"GIF89a",
    "video/mp4": b"\0\0\0\x18ftypisom",
}


class Refusal(Exception):
    """A refusal: its status and its message."""

    def __init__(self, status: int, message: str = "no") -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Traits:
    """The choices that a correct server is free to make."""

    ids: str = "random"
    lag_s: float = 0.0
    cache_s: float = 0.0
    reads_lag_s: float = 0.0
    totals_last_s: float = 0.0
    fresh_urls: bool = False
    copies: bool = False
    converts: bool = False
    late_conversion_s: float = 0.0
    coarse_lists: bool = False
    late_thumbnails: bool = False
    any_case: bool = False
    echoes: bool = False
    offsets: bool = False
    foreign_status: int = 404


@dataclass
class Row:
    """A session or a media of the server."""

    id: str
    owner: str
    key: str
    content_type: str
    filename: str = ""
    born: float = 0.0
    number: int = 0
    gone: float | None = None
    media: Row | None = None


Answer = tuple[int, Any]


@dataclass
class Server:
    """The server. Every rule is a method of its own, so that a wrong server overrides one."""

    traits: Traits = field(default_factory=Traits)

    def __post_init__(self) -> None:
        """Begin with an empty library."""
        self.sessions: dict[str, Row] = {}
        self.media: dict[str, Row] = {}
        self.objects: dict[str, tuple[bytes, str]] = {}
        self.count = 0
        self.now = 0.0
        self.clock_s = 0.0  # by how much the clock of the answering host is ahead
        self._cached: dict[tuple[str, str], tuple[float, Answer]] = {}
        self._totals: dict[str, tuple[float, int]] = {}

    # HTTP

    def answer(self, method: str, url: str, caller: str | None, body: bytes, label: str) -> Answer:
        """Answer a request at the moment `now`: a status, and JSON or bytes."""
        if url.startswith(STORE):
            return self.storage(method, url, body, label)
        parts = urlsplit(url.removeprefix(BASE))
        try:
            return self.routed(method, parts.path, parse_qs(parts.query), caller, body)
        except Refusal as refusal:
            return refusal.status, self.refusal(str(refusal), caller, parts.path)

    def refusal(self, message: str, caller: str | None, path: str) -> Any:
        del caller
        told = f"{message}: {unquote(path)}" if self.traits.echoes else message
        return {"success": False, "message": told}

    def routed(
        self, method: str, path: str, query: dict[str, list[str]], caller: str | None, body: bytes
    ) -> Answer:
        self.authenticate(method, path, caller)
        who = caller or ""
        if (method, path) == ("POST", "/media/uploads"):
            return 201, {"success": True, "data": self.create(who, json.loads(body))}
        if found := re.fullmatch(r"/media/uploads/([^/]+)/complete", path):
            made = self.complete(who, self.named(unquote(found[1])))
            return 200, {"success": True, "data": {"id": made.id}}
        if (method, path) == ("GET", "/media"):
            return self.cached_page(who, query)
        if found := re.fullmatch(r"/media/([^/]+)", path):
            media_id = self.named(unquote(found[1]))
            row = self.get(who, media_id) if method == "GET" else self.delete(who, media_id)
            return 200, {"success": True, "data": self.item(row, "one")}
        raise Refusal(404, "no route")

    def authenticate(self, method: str, path: str, caller: str | None) -> None:
        del method, path
        if caller not in TOKENS:
            raise Refusal(401, "invalid key")

    def named(self, text: str) -> str:
        """Return the id that a text means."""
        if not self.traits.any_case:
            return text
        known = {*self.sessions, *self.media}
        return next((one for one in known if one.casefold() == text.casefold()), text)

    # Sessions

    def new_id(self, prefix: str) -> str:
        self.count += 1
        match self.traits.ids:
            case "counted":
                return str(self.count)
            case "again" if prefix == "med":  # one more than the largest that is in use
                used = [int(one.id) for one in self.media.values() if one.gone is None]
                return str(1 + max(used, default=0))
            case "again":
                return f"upload-{self.count}"
            case "apart":  # each table counts its own rows
                return str(1 + len(self.sessions if prefix == "upl" else self.media))
            case "slashed":
                return f"{prefix}/2026/{self.count:04d}x{(self.count * 7919) % 99991:05d}ab"
            case _:
                return f"{prefix}_{self.count:04d}Qf{(self.count * 7919) % 99991:05d}xyz"

    def create(self, caller: str, members: dict[str, Any]) -> dict[str, Any]:
        self.check_create(members)
        session_id = self.new_id("upl")
        key = self.new_key(caller, session_id, members["filename"])
        row = Row(session_id, caller, key, members["content_type"], members["filename"])
        row.born = self.now
        self.sessions[session_id] = row
        return {
            "upload_id": session_id,
            "upload_url": self.signed(key, 600, self.now + self.clock_s),
            "expires_at": self.expiry(),
        }

    def expiry(self) -> str:
        return self.moment(self.now + self.clock_s + 600)

    def check_create(self, members: dict[str, Any]) -> None:
        filename, content_type = members.get("filename"), members.get("content_type")
        if not isinstance(filename, str) or not filename:
            raise Refusal(400, "filename")
        if not isinstance(content_type, str) or content_type not in TYPES:
            raise Refusal(400, "content_type")

    def new_key(self, caller: str, session_id: str, filename: str) -> str:
        del filename
        return f"uploads/{caller}/{session_id.replace('/', '-')}"

    def complete(self, caller: str, session_id: str) -> Row:
        row = self.sessions.get(session_id)
        self.check_owner(row, caller, "complete")
        assert row is not None
        self.check_complete(row)
        return self.made(row)

    def check_complete(self, row: Row) -> None:
        stored = self.objects.get(row.key)
        if row.media is not None:
            raise Refusal(409, "completed")
        if stored is None:
            raise Refusal(409, "no file")
        if not stored[0]:
            raise Refusal(409, "empty file")
        if stored[1] != row.content_type:
            raise Refusal(422, "another type")

    def made(self, row: Row) -> Row:
        media_id = row.id if self.traits.ids == "kept" else self.new_id("med")
        key = f"media/{media_id.replace('/', '-')}" if self.traits.copies else row.key
        body, label = self.objects.get(row.key, (b"", ""))
        if self.traits.converts and row.content_type.startswith("image/"):
            body = b"RIFF....WEBPVP8 " + body
        self.objects[key] = (body, label)
        media = Row(media_id, row.owner, key, row.content_type, row.filename, self.now)
        media.number = self.count
        row.media = media
        self.media[media_id] = media
        return media

    def check_owner(self, row: Row | None, caller: str, act: str) -> None:
        del act
        if row is None or row.gone is not None:
            raise Refusal(404, "unknown")
        if row.owner != caller:
            raise Refusal(self.traits.foreign_status, "unknown")

    # Media

    def get(self, caller: str, media_id: str) -> Row:
        row = self.media.get(media_id)
        then = self.now - self.traits.reads_lag_s
        if row is not None and row.owner == caller and then < self.now:  # a copy that is behind
            if row.born > then:
                raise Refusal(404, "unknown")
            if row.gone is not None and row.gone > then:
                return row
        self.check_owner(row, caller, "get")
        assert row is not None
        return row

    def delete(self, caller: str, media_id: str) -> Row:
        row = self.media.get(media_id)
        self.check_owner(row, caller, "delete")
        assert row is not None
        row.gone = self.now
        self.remove_files(row)
        return row

    def remove_files(self, row: Row) -> None:
        self.objects.pop(row.key, None)

    def item(self, row: Row, where: str) -> dict[str, Any]:
        coarse = self.traits.coarse_lists and where == "list"
        late = self.traits.late_thumbnails and self.now - row.born < 5
        return {
            "id": row.id,
            "type": self.type_of(row, where),
            "mime_type": self.mime_type_of(row),
            "media_url": self.signed(self.file_of(row), 86_400),
            "thumbnail_url": None if late else f"https://cdn.example.com/t/{self.count}",
            "created_at": self.moment(row.born, coarse=coarse),
        }

    def type_of(self, row: Row, where: str) -> str:
        del where
        return TYPES[row.content_type]

    def mime_type_of(self, row: Row) -> str:
        late_s = self.traits.late_conversion_s
        converts = self.traits.converts or (late_s > 0 and self.now - row.born > late_s)
        converted = converts and row.content_type.startswith("image/")
        return "image/webp" if converted else row.content_type

    def file_of(self, row: Row) -> str:
        return row.key

    # The list

    def cached_page(self, caller: str, query: dict[str, list[str]]) -> Answer:
        key = caller, json.dumps(query, sort_keys=True)
        at, kept = self._cached.get(key, (-1e9, (0, None)))
        if self.now - at < self.traits.cache_s:
            return kept
        fresh = 200, {"success": True, "data": self.page(caller, query)}
        self._cached[key] = self.now, fresh
        return fresh

    def visible(self, caller: str) -> list[Row]:
        """Return what the list shows: it may lag behind."""
        then = self.now - self.traits.lag_s
        rows = [
            row
            for row in self.media.values()
            if row.owner == caller and row.born <= then and (row.gone is None or row.gone > then)
        ]
        return sorted(rows, key=lambda row: (row.born, row.number), reverse=True)

    def page(self, caller: str, query: dict[str, list[str]]) -> dict[str, Any]:
        limit = min(max(int(query.get("limit", ["20"])[0]), 1), 100)
        rows = self.visible(caller)
        start = self.start_of(rows, query.get("cursor", [None])[0])
        shown = rows[start : start + limit]
        more = start + limit < len(rows)
        return {
            "items": [self.item(row, "list") for row in shown],
            "total": self.lasting_total(caller, self.total(rows, shown)),
            "has_more": more,
            "next_cursor": self.cursor_after(rows, start + limit) if more else None,
        }

    def lasting_total(self, caller: str, total: int) -> int:
        at, kept = self._totals.get(caller, (-1e9, 0))
        if self.now - at < self.traits.totals_last_s:
            return kept
        self._totals[caller] = self.now, total
        return total

    def total(self, rows: list[Row], shown: list[Row]) -> int:
        del shown
        return len(rows)

    def cursor_after(self, rows: list[Row], end: int) -> str:
        return f"o{end}" if self.traits.offsets else f"k{rows[end - 1].born}~{rows[end - 1].number}"

    def start_of(self, rows: list[Row], cursor: str | None) -> int:
        if cursor is None:
            return 0
        if cursor.startswith("o"):
            return int(cursor[1:])
        born, number = cursor[1:].split("~")
        return sum((row.born, row.number) >= (float(born), int(number)) for row in rows)

    # Storage

    def signed(self, key: str, seconds: int, at: float | None = None) -> str:
        """Return a signed URL; URLs of files may be the same for a minute."""
        if at is None:
            at = self.now if self.traits.fresh_urls else self.now // 60 * 60
        date = (START + timedelta(seconds=at)).strftime("%Y%m%dT%H%M%SZ")
        return (
            f"{STORE}/{quote(key)}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={date}"
            f"&X-Amz-Expires={seconds}&X-Amz-Signature=s{at:.2f}"
        )

    def storage(self, method: str, url: str, body: bytes, label: str) -> Answer:
        key = unquote(urlsplit(url).path).removeprefix("/bucket/")
        if method == "PUT":
            self.objects[key] = (body, label)
            return 200, b""
        if method != "GET":
            return 403, b"<Error>signature</Error>"
        return self.served(key)

    def served(self, key: str) -> Answer:
        return (200, self.objects[key][0]) if key in self.objects else (404, b"<Error>key</Error>")

    def moment(self, at: float, *, coarse: bool = False) -> str:
        shown = START + timedelta(seconds=at)
        return (shown.replace(microsecond=0) if coarse else shown).isoformat()


def path_of(*parts: str) -> str:
    """Return a URL of the API whose parts are encoded whole."""
    return BASE + "/" + "/".join(quote(part, safe="") for part in parts)
