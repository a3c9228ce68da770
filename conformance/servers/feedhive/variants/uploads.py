"""Variants of uploads, and of the objects that the server keeps for them."""

from __future__ import annotations

import re
import secrets
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.database import remove_record
from conformance.servers.feedhive.registry import VARIANT
from conformance.servers.gate import EmptyChecksumGate

if TYPE_CHECKING:
    from conformance.servers.deviation import Answer, Server
    from conformance.servers.feedhive.state import UploadRow

LARGEST_FILE_BYTES = 5_000_000
SMALL_FILE_BYTES = 1 << 20
#: The rows of the members of each answer that shows an item.
_SHAPES = (
    *("FH-LIST-SCHEMA-REF", "FH-GET-SCHEMA-REF", "FH-DELETE-SCHEMA-REF"),
    *("FH-POST-CREATE-SCHEMA-REF", "FH-POST-GET-SCHEMA-REF"),
    *("FH-POST-UPDATE-SCHEMA-REF", "FH-POST-DELETE-SCHEMA-REF"),
)


@VARIANT("The filename must fit the declared type.")
def fitting_filenames(server: Server) -> None:
    @server.replaces("create_upload")
    def create_upload(original: Any, owner: str, filename: object, declared: object) -> Any:
        name = str(filename).lower()
        if declared == "video/mp4" and not name.endswith(".mp4"):
            raise Refusal(422, "filename does not fit content_type")
        return original(owner, filename, declared)


@VARIANT(
    "The server refuses long filenames and unusual characters in them.", warns=("FH-CREATE-19",)
)
def strict_filenames(server: Server) -> None:
    @server.replaces("create_upload")
    def create_upload(original: Any, owner: str, filename: object, declared: object) -> Any:
        if not isinstance(filename, str) or not re.fullmatch(r"[\w. -]{1,200}", filename):
            raise Refusal(422, "filename has characters that are not allowed")
        return original(owner, filename, declared)


@VARIANT(
    "The server refuses a filename with other characters than letters, digits, - and one dot.",
    warns=("FH-CREATE-19",),
)
def plain_filenames_only(server: Server) -> None:
    @server.replaces("create_upload")
    def create_upload(original: Any, owner: str, filename: object, declared: object) -> Any:
        if not re.fullmatch(r"[a-z0-9_-]{1,100}\.[a-z0-9]{1,5}", str(filename)):
            raise Refusal(422, "filename must be plain ASCII in lower case, with an extension")
        return original(owner, filename, declared)


@VARIANT("A file of more than five megabytes is refused when it is completed.")
def files_have_a_size_limit(server: Server) -> None:
    store = server.subject.store

    @server.replaces("check_object")
    def check_object(original: Any, row: UploadRow) -> None:
        size, _ = store.head(row.key) or (0, "")
        if size > LARGEST_FILE_BYTES:
            raise Refusal(413, "The file is larger than 5 MB")
        original(row)


@VARIANT("A file of more than a mebibyte is refused when it is completed, with the maximum.")
def small_files_only(server: Server) -> None:
    store = server.subject.store

    @server.replaces("check_object")
    def check_object(original: Any, row: UploadRow) -> None:
        size, _ = store.head(row.key) or (0, "")
        if size > SMALL_FILE_BYTES:
            raise Refusal(413, f"File too large, the maximum is {SMALL_FILE_BYTES} bytes")
        original(row)


@VARIANT("The object key contains the filename.")
def filenames_in_keys(server: Server) -> None:
    @server.replaces("object_key")
    def object_key(_: Any, owner: str, filename: str) -> str:
        safe = re.sub(r"[^A-Za-z0-9.]+", "-", filename)[-60:].lstrip(".")
        return f"u/{owner}/{secrets.token_hex(6)}/{safe or 'file'}"


@VARIANT(
    "media_url and thumbnail_url contain a space and an umlaut, which a client has to encode.",
    warns=("FH-GET-14", "FH-POST-03", *_SHAPES),  # each answer that shows such a URL
)
def raw_letters_in_media_urls(server: Server) -> None:
    @server.replaces("object_key")
    def object_key(_: Any, owner: str, filename: str) -> str:
        return f"u/{owner}/{secrets.token_hex(6)}/sch\u00f6nes Bild{filename[-4:]}"

    @server.replaces("download_url")
    def download_url(original: Any, key: str) -> str:
        address, _, query = original(key).partition("?")
        return f"{unquote(address)}?{query}"


@VARIANT("The signature of the upload URL does not cover the content type.")
def unsigned_type(server: Server) -> None:
    library = server.subject

    @server.answers("create_upload")
    def resigned(answer: Answer) -> None:
        key = library.store.key_of(answer.data["upload_url"])
        seconds = max(int(library.settings.upload_ttl), 1)
        answer.data["upload_url"] = library.store.signed_put(key, None, seconds)


@VARIANT(
    "The upload URL holds the checksum of an empty body, and the storage ignores it.",
    warns=("FH-PUT-10",),
)
def unminded_checksum(server: Server) -> None:
    EmptyChecksumGate(server)


@VARIANT("All images have the same thumbnail, a picture that never changes.")
def shared_thumbnails(server: Server) -> None:
    library = server.subject
    key = "static/placeholder.png"
    written = threading.Event()

    @server.replaces("thumbnail")
    def thumbnail(_: Any, row: Any) -> None:
        if row.content_type == "image/png" and not written.is_set():
            written.set()
            library.store.write(key, library.store.read(row.key), "image/png")

    @server.replaces("item")
    def item(original: Any, row: Any) -> Any:
        url = library.download_url(key) if row.type == "image" else None
        return {**original(row), "thumbnail_url": url}


_MAGIC = {
    "image/png": (0, b"\x89PNG"),
    "image/jpeg": (0, b"\xff\xd8"),
    "image/jpg": (0, b"\xff\xd8"),
    "image/gif": (0, b"GIF8"),
    "video/mov": (4, b"ftypqt"),
    "video/quicktime": (4, b"ftypqt"),
    "video/mp4": (4, b"ftyp"),
}


@VARIANT("Complete reads the type from the first bytes, whatever type the storage reports.")
def types_are_read_from_the_bytes(server: Server) -> None:
    store = server.subject.store

    @server.replaces("check_object")
    def check_object(original: Any, row: Any) -> None:
        stored = store.head(row.key)
        if stored is None or not stored[0]:
            original(row)
        begins, (at, magic) = store.read(row.key)[:16], _MAGIC[row.content_type]
        is_quicktime = begins.startswith(b"ftypqt", 4)
        if not begins.startswith(magic, at) or is_quicktime != (magic == b"ftypqt"):
            raise Refusal(400, "The file is of another type")


@VARIANT("No media has a thumbnail.")
def no_thumbnails(server: Server) -> None:
    server.replaces("thumbnail")(lambda _, __: None)


@VARIANT("thumbnail_url is null in the first answer about a media.")
def late_thumbnails(server: Server) -> None:
    seen: set[str] = set()

    @server.replaces("item")
    def item(original: Any, row: Any) -> Any:
        answer = original(row)
        late = row.id not in seen
        seen.add(row.id)
        return {**answer, "thumbnail_url": None} if late else answer


@VARIANT("Each answer has newly signed media URLs.")
def fresh_media_urls(server: Server) -> None:
    store = server.subject.store
    server.replaces("download_url")(
        lambda _, key: store.signed_get(key, 86_400 - secrets.randbelow(60))
    )


@VARIANT("thumbnail_url is signed for two seconds.")
def thumbnail_urls_live_seconds(server: Server) -> None:
    library = server.subject

    @server.replaces("item")
    def item(original: Any, row: Any) -> Any:
        answer = original(row)
        if row.thumbnail_key:
            answer["thumbnail_url"] = library.store.signed_get(row.thumbnail_key, 2)
        return answer


@VARIANT("The server deletes the objects two seconds after the record.")
def bytes_go_later(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(_: Any, owner: str, media_id: str) -> Any:
        row = remove_record(server, owner, media_id)
        for key in filter(None, (row.key, row.thumbnail_key)):
            timer = threading.Timer(2.0, library.store.remove, [key])
            timer.daemon = True
            timer.start()
        return library.item(row)
