"""A library is made once; where a limit of the server allows fewer items, they are deleted."""

from __future__ import annotations

import threading

import pytest

from conformance.harness.quota import ServerLimit
from conformance.model.exchange import Exchange, Request
from conformance.profiles.feedhive.shared_media import SharedMedia
from conformance.profiles.feedhive.upload import Media, Upload


class Library:
    """A library with so many places."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.items: list[Media] = []
        self.asked = 0
        self._lock = threading.Lock()

    def make(self, content_type: str) -> Media:
        with self._lock:
            self.asked += 1
            if len(self.items) >= self.places:
                raise ServerLimit(limit="a limit of the server")
            exchange = Exchange(Request("POST", "http://h/"))
            upload = Upload("upl_1", "", content_type, "a.png", None, exchange)
            self.items.append(Media(f"med_{self.asked}", upload))
            return self.items[-1]

    def delete(self, media: Media) -> None:
        with self._lock:
            self.items.remove(media)


def shared(library: Library) -> SharedMedia:
    return SharedMedia(library.make, library.delete, lambda: None)


def test_a_library_grows_and_is_made_once() -> None:
    library = Library(100)
    media = shared(library)

    assert len(media.library(5)) == 5
    assert len(media.library(30)) == 30
    assert len(media.library(10)) == 30
    assert library.asked == 30


def test_a_library_that_is_too_large_for_the_server_is_tried_once_and_removed() -> None:
    library = Library(20)
    media = shared(library)
    small = media.library(12)

    with pytest.raises(ServerLimit):
        media.library(105)
    asked = library.asked
    with pytest.raises(ServerLimit):
        media.library(105)

    assert library.asked == asked
    assert {one.id for one in small} <= {one.id for one in library.items}
    assert len(library.items) <= len(small) + 1
    assert len(media.library(12)) >= 12
