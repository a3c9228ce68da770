"""Faults of everyday filenames: create accepts the name, and a later step breaks.

Each names the requirement that the broken step fails for any filename.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from starlette.responses import JSONResponse, Response

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.database import allow_shared_keys, remove_record
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server

_REQUIREMENTS = {
    "create_upload": "FH-CREATE-01",
    "complete_upload": "FH-COMPLETE-01",
    "get_media": "FH-GET-01",
    "delete_media": "FH-DELETE-01",
}
_VERBS = {"complete_upload": "completed", "get_media": "fetched", "delete_media": "deleted"}


def _has_upper_case_extension(filename: str) -> bool:
    return bool(re.search(r"\.[A-Z0-9]*[A-Z][A-Z0-9]*\Z", filename))


#: The kinds of names, each with a test for it.
_KINDS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "spaces": ("a space", lambda name: " " in name),
    "umlauts": ("an umlaut", lambda name: bool(re.search("[äöüÄÖÜß\u0308]", name))),
    "parentheses": ("parentheses", lambda name: "(" in name),
    "upper-case-extensions": ("an upper-case extension", _has_upper_case_extension),
    "names-without-extensions": ("no extension", lambda name: "." not in name),
    "ampersands": ("an ampersand or a plus sign", lambda name: bool(re.search("[&+]", name))),
    "other-scripts": ("no Latin letter", lambda name: not re.search("[A-Za-z]", name)),
}


def _marked(server: Server, matches: Callable[[str], bool]) -> set[str]:
    """Return the ids of the sessions and the media whose filename matches; the server adds them."""
    marked: set[str] = set()

    @server.answers("create_upload")
    def created(answer: Answer) -> None:
        if matches(str(answer.sent.get("filename"))):
            marked.add(answer.data["upload_id"])

    @server.answers("complete_upload")
    def completed(answer: Answer) -> None:
        if answer.request.path_params["id"] in marked:
            marked.add(answer.data["id"])

    return marked


def _breaks(kind: str, operation: str, status: int, message: str) -> None:
    words, matches = _KINDS[kind]

    def apply(server: Server) -> None:
        marked = _marked(server, matches)

        @server.wraps(operation)
        async def fragile(endpoint: Endpoint, request: Request) -> Response:
            if request.path_params["id"] in marked:
                return JSONResponse({"success": False, "message": message}, status)
            return await endpoint(request)

    name = f"{kind}-break-{operation.partition('_')[0]}"
    sentence = f"An upload whose filename has {words} cannot be {_VERBS[operation]}."
    FAULT.add(name, sentence, apply, _REQUIREMENTS[operation])


_breaks("spaces", "complete_upload", 400, "Nothing was uploaded yet")
_breaks("umlauts", "complete_upload", 500, "Internal server error")
_breaks("parentheses", "get_media", 404, "Media not found")
_breaks("upper-case-extensions", "complete_upload", 400, "The file has another type")
_breaks("names-without-extensions", "complete_upload", 400, "Cannot detect the type")
_breaks("other-scripts", "delete_media", 500, "Internal server error")
_breaks("ampersands", "get_media", 500, "Internal server error")


def _breaks_the_url(kind: str) -> None:
    words, matches = _KINDS[kind]

    def apply(server: Server) -> None:
        @server.answers("create_upload")
        def broken(answer: Answer) -> None:
            if matches(str(answer.sent.get("filename"))):
                answer.data["upload_url"] = answer.data["upload_url"].replace("?", "%20?", 1)

    sentence = f"The signature of the upload URL is wrong if the filename has {words}."
    FAULT.add(f"{kind}-break-the-upload-url", sentence, apply, "FH-PUT-01")


_breaks_the_url("spaces")
_breaks_the_url("umlauts")
_breaks_the_url("parentheses")


@FAULT("Create refuses a filename that has a space.", "FH-CREATE-19")
def refuses_spaces_in_filenames(server: Server) -> None:
    @server.replaces("create_upload")
    def create_upload(original: Any, owner: str, filename: object, declared: object) -> Any:
        if " " in str(filename):
            raise Refusal(422, "filename must not have a space")
        return original(owner, filename, declared)


@FAULT("Create takes the filename 0 for none, as a test for emptiness in PHP does.", "FH-CREATE-19")
def a_zero_is_no_filename(server: Server) -> None:
    @server.replaces("create_upload")
    def create_upload(original: Any, owner: str, filename: object, declared: object) -> Any:
        if filename == "0":
            raise Refusal(400, "filename is required")
        return original(owner, filename, declared)


def _keeps_the_object(kind: str) -> None:
    words, matches = _KINDS[kind]

    def apply(server: Server) -> None:
        library = server.subject
        marked = _marked(server, matches)

        @server.replaces("delete")
        def delete(original: Any, owner: str, media_id: str) -> Any:
            if media_id not in marked:
                return original(owner, media_id)
            return library.item(remove_record(server, owner, media_id))

    sentence = f"Delete keeps the object of a file whose name has {words}."
    FAULT.add(f"delete-keeps-{kind}", sentence, apply, "FH-DELETE-06")


_keeps_the_object("spaces")
_keeps_the_object("umlauts")
_keeps_the_object("upper-case-extensions")


@FAULT("The key contains the filename, and delete encodes it as in a URL.", "FH-DELETE-06")
def quoted_keys_are_not_deleted(server: Server) -> None:
    library = server.subject
    marked = _marked(server, lambda name: bool(re.search(r"[^A-Za-z0-9._-]", name)))

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        if media_id in marked:
            return library.item(remove_record(server, owner, media_id))
        return original(owner, media_id)


@FAULT("The key contains the filename, and delete decodes it as in a URL.", "FH-DELETE-06")
def decoded_keys_are_not_deleted(server: Server) -> None:
    library = server.subject
    marked = _marked(server, lambda name: unquote(name) != name)

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        if media_id in marked:
            return library.item(remove_record(server, owner, media_id))
        return original(owner, media_id)


@FAULT("The key contains the filename, and media_url does not encode a # in it.", "FH-PUT-04")
def a_hash_ends_the_media_url(server: Server) -> None:
    marked = _marked(server, lambda name: "#" in name)

    @server.answers("get_media")
    def cut(answer: Answer) -> None:
        if answer.data["id"] in marked:
            answer.data["media_url"] = answer.data["media_url"].replace(".png?", "#1.png?", 1)


def _collides(name: str, sentence: str, cleaned: Callable[[str], str]) -> None:
    """Register a fault: the object key of a caller depends on nothing but the cleaned filename."""

    def apply(server: Server) -> None:
        @server.replaces("object_key")
        def object_key(original: Any, owner: str, filename: str) -> str:
            left = cleaned(filename)
            if left == filename:
                return str(original(owner, filename))
            return f"media/{owner}/{left}"

        allow_shared_keys(server)

    FAULT.add(name, sentence, apply, "FH-CREATE-11")


def _clean(filename: str) -> str:
    slug = _slug(filename)
    return slug if re.search("[A-Za-z0-9]", slug.rpartition(".")[0] or slug) else filename


def _slug(filename: str) -> str:
    ascii_name = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9.]+", "-", ascii_name).strip("-")


def _slug_of_other_scripts(filename: str) -> str:
    stem, dot, extension = filename.rpartition(".")
    emptied = not re.search("[A-Za-z0-9]", _slug(stem or extension))
    return f"file{dot}{extension if dot else ''}" if emptied else filename


_collides(
    "other-scripts-share-an-object",
    "Filenames without a Latin letter or digit all get the object of one empty name.",
    _slug_of_other_scripts,
)
_collides(
    "cleaned-names-share-an-object",
    "Filenames that differ only in spaces, signs or accents get the same object.",
    _clean,
)
_collides(
    "names-in-any-case-share-an-object",
    "Filenames that differ only in their letter case get the same object.",
    str.lower,
)
_collides(
    "long-names-share-an-object",
    "Filenames with the same first sixty-four characters get the same object.",
    lambda filename: filename[:64],
)
_collides(
    "names-in-folders-share-an-object",
    "Filenames that differ only in their folder get the same object.",
    lambda filename: re.split(r"[/\\]", filename)[-1],
)
_collides(
    "one-filename-has-one-object",
    "A caller's uploads with one filename get the same object.",
    lambda filename: f"{hashlib.sha256(filename.encode()).hexdigest()[:16]}.bin",
)


def _typed_by_name(name: str, requirement: str, sentence: str, operation: str) -> None:
    """Register a fault: one operation shows the type that the extension of the filename has."""

    def apply(server: Server) -> None:
        named: dict[str, str] = {}
        kinds = {"gif": "gif", "mp4": "video", "mov": "video", "png": "image", "jpg": "image"}

        @server.replaces("state.complete")
        def complete(original: Any, upload_id: str, media: Any) -> Any:
            row = server.subject.state.upload(upload_id, media.owner)
            kind = kinds.get(row.filename.rpartition(".")[2].lower())
            if kind:
                named[media.id] = kind
            return original(upload_id, media)

        @server.answers(operation)
        def typed(answer: Answer) -> None:
            for item in answer.data.get("items", [answer.data]):
                item["type"] = named.get(item["id"], item["type"])

    FAULT.add(name, sentence, apply, requirement)


_typed_by_name(
    "listed-types-follow-the-filename",
    "FH-LIST-15",
    "The list shows the type of the filename's extension.",
    "list_media",
)
_typed_by_name(
    "fetched-types-follow-the-filename",
    "FH-GET-04",
    "Get shows the type of the filename's extension.",
    "get_media",
)
_typed_by_name(
    "deleted-types-follow-the-filename",
    "FH-DELETE-16",
    "The answer of delete shows the type of the filename's extension.",
    "delete_media",
)


@FAULT("The upload URL contains the filename without encoding it; curl refuses it.", "FH-CREATE-14")
def upload_urls_hold_the_raw_filename(server: Server) -> None:
    @server.replaces("object_key")
    def object_key(_: Any, owner: str, filename: str) -> str:
        plain = "".join(letter for letter in filename if letter.isalnum() or letter in " ._-()")
        return f"u/{owner}/{secrets.token_hex(6)}/{plain[-60:].lstrip('. ') or 'file'}"

    @server.answers("create_upload")
    def decoded(answer: Answer) -> None:
        address, _, query = answer.data["upload_url"].partition("?")
        answer.data["upload_url"] = f"{unquote(address)}?{query}"
