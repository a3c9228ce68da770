"""A file that a server moves is not lost; a file that is gone is."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.judge.finding import Blocked
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive.machine import files
from conformance.profiles.feedhive.machine.model import Item, Model, Session, digest
from conformance.profiles.feedhive.upload import Upload

OLD, NEW, OTHER = (f"https://s3.example/b/{name}?X-Amz-Signature=1" for name in "abc")
BODY = b"the bytes of a file"


def answer(status: int, body: bytes = b"") -> Exchange:
    return Exchange(Request("GET", OLD), Response(status, (), body, 0.1))


class World:
    """A server that names one URL, and a storage that holds some files."""

    def __init__(self, named: str, stored: dict[str, bytes]) -> None:
        self.named, self.stored = named, stored
        self.api = SimpleNamespace(get_media=self.shown)
        self.storage = SimpleNamespace(read=self.read)

    def shown(self, media_id: str, *, caller: str) -> Exchange:
        del media_id, caller
        body = {"success": True, "data": {"media_url": self.named, "thumbnail_url": None}}
        headers = (("content-type", "application/json"),)
        return Exchange(Request("GET", ""), Response(200, headers, json.dumps(body).encode(), 0.1))

    def read(self, url: str) -> Exchange:
        return answer(200, self.stored[url]) if url in self.stored else answer(404)

    def key(self, url: object) -> str | None:
        return str(url).partition("?")[0].rpartition("/")[2] if url else None


def kept(model: Model) -> Item:
    upload = Upload("upl_1", "", "image/png", "a.png", None, answer(201), "main")
    session = Session(upload)
    model.sent(session, BODY)
    item = model.completed(session, "med_1")
    item.file_url, item.file_digest, item.file_key = OLD, digest(BODY), "a"
    item.objects, item.members = {"a": "etag"}, {"media_url"}
    return item


def test_a_moved_file_is_read_where_the_item_says() -> None:
    model = Model()
    item = kept(model)
    world: Any = World(NEW, {NEW: BODY})

    files.reread(world, model, item, "FH-DELETE-09")

    assert (item.file_url, item.file_key) == (NEW, "b")


@pytest.mark.parametrize(
    ("named", "stored"),
    [(OLD, {}), (NEW, {}), (NEW, {NEW: b""}), (OTHER, {OTHER: b"of another"})],
    ids=["gone", "moved to nowhere", "moved and empty", "that of another upload"],
)
def test_a_file_that_is_gone_is_lost(named: str, stored: dict[str, bytes]) -> None:
    model = Model()
    item = kept(model)
    other = Session(Upload("upl_2", "", "image/png", "b.png", None, answer(201), "main"))
    model.sent(other, b"of another")
    world: Any = World(named, stored)

    with pytest.raises(Blocked):
        files.reread(world, model, item, "FH-DELETE-09")


@pytest.mark.parametrize(
    ("named", "stored", "objects"),
    [(NEW, {NEW: BODY}, {"b": ""}), (OLD, {}, {"a": "etag"}), (NEW, {}, {"a": "etag"})],
    ids=["moved", "gone", "moved to nowhere"],
)
def test_only_objects_that_are_there_are_taken_over(
    named: str, stored: dict[str, bytes], objects: dict[str, str]
) -> None:
    item = kept(Model())
    world: Any = World(named, stored)

    keys = {world.key(url) for url in stored}
    files.follow(world, item, keys, lambda: keys)

    assert item.objects == objects


def test_the_original_of_a_file_may_go_after_both_places_were_seen() -> None:
    item = kept(Model())
    item.objects["b"] = ""
    world: Any = World(NEW, {NEW: BODY})

    files.follow(world, item, {"b"}, lambda: None)

    assert (item.objects, item.file_key) == ({"b": ""}, "b")


def test_an_object_that_is_newer_than_the_listing_is_looked_for_again() -> None:
    item = kept(Model())
    world: Any = World(NEW, {NEW: BODY})

    files.follow(world, item, set(), lambda: {"b"})

    assert item.objects == {"b": ""}


def test_an_object_that_no_member_leads_to_any_more_is_lost() -> None:
    item = kept(Model())
    item.objects["thumbnail"] = "etag"
    item.members.add("thumbnail_url")
    world: Any = World(NEW, {NEW: BODY})

    files.follow(world, item, {"b"}, lambda: {"b"})

    assert set(item.objects) == {"a", "thumbnail"}
