"""Variants of FeedHive's library: its order, its cursors, its content and its other clients."""

from __future__ import annotations

import dataclasses
import io
import secrets
import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError

from conformance.servers.answers import CALLERS, Refusal
from conformance.servers.feedhive.cursor import decoded
from conformance.servers.feedhive.database import insert, insert_many
from conformance.servers.feedhive.registry import VARIANT
from conformance.servers.feedhive.state import MediaRow

if TYPE_CHECKING:
    from conformance.servers.deviation import Server
    from conformance.servers.feedhive.state import UploadRow

_CROWD = 2_500
_COMPANY_PAUSE_S, _SOMEBODY_PAUSE_S = 0.15, 10.0


@VARIANT("Timestamps are whole seconds, and items of the same second are ordered by id.")
def ordered_by_the_second(server: Server) -> None:
    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        whole = float(int(media.created_at))
        return bool(original(upload_id, dataclasses.replace(media, created_at=whole)))


@VARIANT("A cursor is a count of items from the newest.")
def offset_cursors(server: Server) -> None:
    library = server.subject

    @server.replaces("page")
    def page(_: Any, owner: str, limit: int, cursor: str | None) -> dict[str, Any]:
        start = 0 if cursor is None else _offset(cursor)
        rows, total = library.state.page(owner, start + limit, None)
        more = total > start + limit
        return {
            "items": [library.item(row) for row in rows[start:]],
            "total": total,
            "has_more": more,
            "next_cursor": urlsafe_b64encode(b"%d" % (start + limit)).decode() if more else None,
        }


@VARIANT("A cursor names an item, and is refused once that item is deleted.", warns=("FH-LIST-13",))
def cursors_end_with_their_item(server: Server) -> None:
    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        answer = original(owner, limit, cursor)  # refuses one that cannot be decoded
        if cursor is not None and server.subject.state.media(decoded(cursor)[1], owner) is None:
            raise Refusal(400, "cursor is not an item")
        return answer


@VARIANT("A cursor is the number of a page, which is another place at another limit.")
def page_number_cursors(server: Server) -> None:
    library = server.subject

    @server.replaces("page")
    def page(_: Any, owner: str, limit: int, cursor: str | None) -> dict[str, Any]:
        before = 0 if cursor is None else _offset(cursor)
        rows, total = library.state.page(owner, (before + 1) * limit, None)
        more = total > (before + 1) * limit
        return {
            "items": [library.item(row) for row in rows[before * limit :]],
            "total": total,
            "has_more": more,
            "next_cursor": urlsafe_b64encode(b"%d" % (before + 1)).decode() if more else None,
        }


@VARIANT("The refusal of a cursor of another caller names the id that the cursor holds.")
def cursors_name_their_item(server: Server) -> None:
    library = server.subject

    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> dict[str, Any]:
        media_id = decoded(cursor)[1] if cursor else ""
        if any(library.state.media(media_id, one) for one in CALLERS if one != owner):
            raise Refusal(400, f"there is no item {media_id} in your library")
        found: dict[str, Any] = original(owner, limit, cursor)
        return found


def _empty_at_limit_zero(server: Server, *, has_more: bool) -> None:
    library = server.subject
    server.replaces("page_size")(lambda original, text: 0 if text == "0" else original(text))

    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> dict[str, Any]:
        if limit:
            found: dict[str, Any] = original(owner, limit, cursor)
            return found
        total = library.state.page(owner, 1, None)[1]
        more = has_more and total > 0
        return {"items": [], "total": total, "has_more": more, "next_cursor": None}


@VARIANT("A limit of zero gives no items, and no further page.")
def nothing_at_limit_zero(server: Server) -> None:
    _empty_at_limit_zero(server, has_more=False)


@VARIANT("A limit of zero gives no items, and says that there are more without a cursor.")
def more_at_limit_zero(server: Server) -> None:
    _empty_at_limit_zero(server, has_more=True)


def _offset(cursor: str) -> int:
    try:
        return min(abs(int(urlsafe_b64decode(cursor.encode()))), 10**9)
    except ValueError:
        raise Refusal(400, "cursor cannot be decoded") from None


@VARIANT("Complete converts pictures to WebP.")
def transcodes_pictures(server: Server) -> None:
    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        if media.type == "image" and not _encoded(server, media.key, "webp"):
            return bool(original(upload_id, media))
        webp = media.type == "image"
        kept = dataclasses.replace(media, mime_type="image/webp") if webp else media
        return bool(original(upload_id, kept))


@VARIANT("Complete compresses PNGs again and removes their metadata.")
def packs_pictures_anew(server: Server) -> None:
    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        if media.mime_type == "image/png":
            _encoded(server, media.key, "png")
        return bool(original(upload_id, media))


def _encoded(server: Server, key: str, kind: str) -> bool:
    encoded = io.BytesIO()
    try:
        with Image.open(io.BytesIO(server.subject.store.read(key))) as image:
            image.save(encoded, kind)
    except (UnidentifiedImageError, OSError, ValueError):
        return False
    server.subject.store.write(key, encoded.getvalue(), f"image/{kind}")
    return True


@VARIANT(
    "Complete copies the upload to another key, and a rule of the bucket removes the original."
)
def copies_uploads(server: Server) -> None:
    library = server.subject

    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: MediaRow) -> bool:
        key = f"library/{media.key}"
        library.store.write(key, library.store.read(media.key), media.mime_type)
        return bool(original(upload_id, dataclasses.replace(media, key=key)))


@VARIANT("Complete reads the type of an upload from its bytes.")
def types_by_the_bytes(server: Server) -> None:
    store = server.subject.store
    families = (
        (b"\x89PNG", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg image/jpg"),
        (b"GIF8", "image/gif"),
    )

    @server.replaces("check_object")
    def check_object(original: Any, row: UploadRow) -> None:
        original(row)
        start = store.read(row.key)[:12]
        video = "video/mp4 video/quicktime video/mov" if start[4:8] == b"ftyp" else ""
        found = next((types for magic, types in families if start.startswith(magic)), video)
        if row.content_type not in found.split():
            raise Refusal(422, "The bytes are of another content type than declared")


@VARIANT("The library already holds thousands of items.")
def crowded_library(server: Server) -> None:
    now = time.time()
    insert_many(
        server,
        [
            (f"med_old/{n:06}", "main", "image", "image/png", f"old/{n}", None, now - 9_000 + n)
            for n in range(_CROWD)
        ],
    )


@VARIANT("Another client of the same caller constantly adds and deletes items.")
def busy_library(server: Server) -> None:
    _busy(server)


@VARIANT("Another client adds and deletes items, and a cursor is a count of items.")
def busy_library_of_offsets(server: Server) -> None:
    offset_cursors(server)
    _busy(server)


@VARIANT("Somebody uses the same account, and adds or deletes an item every ten seconds.")
def somebody_uses_the_account(server: Server) -> None:
    _busy(server, _SOMEBODY_PAUSE_S)


@VARIANT("Somebody uses the same account, and a cursor is a count of items.")
def somebody_uses_the_account_of_offsets(server: Server) -> None:
    offset_cursors(server)
    _busy(server, _SOMEBODY_PAUSE_S)


def _busy(server: Server, pause_s: float = _COMPANY_PAUSE_S) -> None:
    state = server.subject.state

    def work() -> None:
        mine: list[str] = []
        while True:
            mine.append(f"med_{secrets.token_hex(10)}")
            key = f"busy/{mine[-1]}"
            media = MediaRow(mine[-1], "main", "image", "image/png", key, None, time.time())
            try:
                insert(server, media)
                if len(mine) > 3:
                    state.remove(mine.pop(0), "main")
            except Exception:  # noqa: BLE001 - the server has stopped
                return
            threading.Event().wait(pause_s)

    threading.Thread(target=work, daemon=True).start()
