"""Faults of filenames that come again: of a deleted media, or nearly equal after a clean-up."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.database import execute
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Server


def _names_of_deleted(server: Server) -> set[tuple[str, str]]:
    """Return the owner and the filename of each media that is deleted from now on."""
    library = server.subject
    names: dict[str, str] = {}
    deleted: set[tuple[str, str]] = set()

    @server.replaces("complete_upload")
    def complete_upload(original: Any, owner: str, upload_id: str) -> str:
        made: str = original(owner, upload_id)
        names[made] = library.state.upload(upload_id, owner).filename
        return made

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        item = original(owner, media_id)
        deleted.add((owner, names[media_id]))
        return item

    return deleted


@FAULT("The filename of a deleted media cannot be used again.", "FH-CREATE-01")
def filenames_of_deleted_media_are_taken(server: Server) -> None:
    deleted = _names_of_deleted(server)

    @server.replaces("create_upload")
    def create_upload(original: Any, owner: str, filename: object, declared: object) -> Any:
        if (owner, filename) in deleted:
            raise Refusal(409, "A file with this name exists")
        return original(owner, filename, declared)


@FAULT("An upload with the filename of a deleted media cannot be completed.", "FH-COMPLETE-01")
def filenames_of_deleted_media_break_complete(server: Server) -> None:
    deleted = _names_of_deleted(server)

    @server.replaces("check_object")
    def check_object(original: Any, row: Any) -> None:
        original(row)
        if (row.owner, row.filename) in deleted:
            raise Refusal(500, "duplicate key value")


@FAULT("A file that another caller has already is refused with a 409.", "FH-COMPLETE-01")
def equal_files_of_others_are_refused(server: Server) -> None:
    owners: dict[str, str] = {}
    store = server.subject.store

    @server.replaces("check_object")
    def check_object(original: Any, row: Any) -> None:
        original(row)
        digest = hashlib.sha256(store.read(row.key)).hexdigest()
        if owners.setdefault(digest, row.owner) != row.owner:
            raise Refusal(409, "The file exists already")


@FAULT(
    "A new media replaces one whose filename differs from its own only in the extension.",
    "FH-LIFECYCLE-01",
)
def names_without_extension_share_a_media(server: Server) -> None:
    library = server.subject
    known: dict[tuple[str, str], tuple[str, str]] = {}

    @server.replaces("complete_upload")
    def complete_upload(original: Any, owner: str, upload_id: str) -> str:
        made: str = original(owner, upload_id)
        name = library.state.upload(upload_id, owner).filename
        stem = re.sub(r"\.[^.]*\Z", "", name)
        other, media_id = known.get((owner, stem), (name, ""))
        if other != name:
            library.state.remove(media_id, owner)
        known[owner, stem] = name, made
        return made


def _copies(name: str, words: str, cleaned: Callable[[str], str]) -> None:
    """Register a fault: complete copies a file to a key that is made of its filename."""

    def apply(server: Server) -> None:
        library = server.subject

        @server.replaces("complete_upload")
        def complete_upload(original: Any, owner: str, upload_id: str) -> str:
            made: str = original(owner, upload_id)
            row = library.state.upload(upload_id, owner)
            digest = hashlib.sha256(cleaned(row.filename).encode()).hexdigest()
            key = f"library/{owner}/{digest}"
            library.store.write(key, library.store.read(row.key), row.content_type)
            library.store.remove(row.key)
            execute(server, "UPDATE media SET key = ? WHERE id = ?", key, made)
            return made

    FAULT.add(name, f"Complete copies files whose names {words} to one key.", apply, "FH-PUT-04")


_copies("copies-of-one-filename-share-a-key", "are equal", str)
_copies("copies-in-any-case-share-a-key", "differ only in their letter case", str.lower)
_copies(
    "copies-of-cleaned-names-share-a-key",
    "differ only in spaces and signs",
    lambda name: re.sub(r"[^A-Za-z0-9.]+", "-", name),
)
_copies(
    "copies-without-extension-share-a-key",
    "differ only in the extension",
    lambda name: re.sub(r"\.[^.]*\Z", "", name),
)
