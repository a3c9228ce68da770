"""What cases need no more becomes the library of its readers; the rest is deleted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.harness.quota import ServerLimit
from conformance.judge.finding import Blocked
from conformance.model.exchange import Exchange, Request
from conformance.profiles.feedhive import surplus
from conformance.profiles.feedhive.library import LARGE
from conformance.profiles.feedhive.shared_media import SharedMedia
from conformance.profiles.feedhive.surplus import Surplus
from conformance.profiles.feedhive.upload import Media, Upload

if TYPE_CHECKING:
    from collections.abc import Collection


class Server:
    """A library that may hold so many items."""

    def __init__(self, most: int = 1_000) -> None:
        self.most = most
        self.items: dict[str, Media] = {}
        self.made = 0
        self.lists = True

    def make(self, content_type: str, caller: str = "main") -> Media:
        if len(self.items) >= self.most:
            raise ServerLimit(limit="a limit of the server")
        self.made += 1
        exchange = Exchange(Request("POST", "http://h/"))
        url = f"http://s/{self.made}"
        upload = Upload(str(self.made), url, content_type, "a.png", None, exchange, caller)
        media = Media(f"med_{self.made}", upload)
        self.items[media.id] = media
        return media

    def delete_media(self, media_id: str, *, caller: str) -> None:
        assert self.items.pop(media_id).upload.caller == caller

    def listed(self, _: object) -> Collection[str]:
        if not self.lists:
            raise Blocked(limit="no list")
        return list(self.items)


def surplus_of(server: Server, unused: list[Media]) -> tuple[Surplus, SharedMedia, set[str]]:
    shared = SharedMedia(
        server.make,
        lambda media: server.delete_media(media.id, caller="main"),
        lambda: None,
    )
    spare = {media.id: media.upload.exchange for media in unused}
    api: Any = SimpleNamespace(
        spare=SimpleNamespace(unused_media=lambda _: spare), delete_media=server.delete_media
    )
    replaced: set[str] = set()
    client = SimpleNamespace(pace=SimpleNamespace(now=1))
    harness: Any = SimpleNamespace(client=client, replaced_objects=replaced)
    found = Surplus(harness, api, shared)
    for media in unused:
        assert found.noted(media) is media
    return found, shared, replaced


@pytest.fixture(autouse=True)
def list_of_the_test(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    monkeypatch.setattr(surplus, "listed_items", server.listed)


@pytest.fixture
def server() -> Server:
    return Server()


def test_the_library_is_made_of_what_is_there(server: Server) -> None:
    unused = [server.make("image/png") for _ in range(LARGE + 20)]

    found, shared, _ = surplus_of(server, unused)
    found.hand_over()

    assert shared.library(LARGE) == unused[:LARGE]
    assert list(server.items.values()) == unused[:LARGE]


def test_only_what_is_missing_is_made(server: Server) -> None:
    unused = [server.make("image/png") for _ in range(40)]

    found, shared, _ = surplus_of(server, unused)
    found.hand_over()

    assert shared.library(LARGE)[:40] == unused
    assert server.made == len(server.items) == LARGE


def test_what_is_no_plain_picture_is_deleted(server: Server) -> None:
    film, replaced_file = server.make("video/mp4"), server.make("image/png")
    unused = [film, replaced_file, server.make("image/png")]

    found, shared, replaced = surplus_of(server, unused)
    replaced.add(replaced_file.upload.url)
    found.hand_over()

    assert unused[2] in shared.library(LARGE)
    assert not {film.id, replaced_file.id} & set(server.items)


def test_what_the_list_does_not_show_is_not_shared(server: Server) -> None:
    unused = [server.make("image/png") for _ in range(3)]
    server.lists = False

    found, shared, _ = surplus_of(server, unused)
    found.hand_over()

    assert not {media.id for media in unused} & {media.id for media in shared.library(LARGE)}


def test_a_server_that_allows_few_media_is_left_with_few(server: Server) -> None:
    server.most = 50
    unused = [server.make("image/png") for _ in range(30)]

    found, shared, _ = surplus_of(server, unused)
    found.hand_over()

    assert not {media.id for media in unused} & set(server.items)
    with pytest.raises(ServerLimit):
        shared.library(LARGE)


def test_a_small_library_is_left_for_the_cases_behind_the_readers(server: Server) -> None:
    found, shared, _ = surplus_of(server, [])
    library = shared.library(LARGE)

    delete = found.reduce()

    assert shared.library(2) == library[: surplus._NEEDED]
    delete()
    # Several threads made them, in any order.
    assert server.items == {media.id: media for media in library[: surplus._NEEDED]}
