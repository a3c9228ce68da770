"""The page about the architecture says of each room what the test of the imports allows."""

from __future__ import annotations

import re

from tests.docs import pages
from tests.test_imports import PUBLIC, ROOMS

PAGE = pages.written()["explanation/architecture.md"]


def rooms() -> dict[str, str]:
    """Return the text of each section about a room, by the room's name."""
    _, _, text = PAGE.partition("\n## The rooms\n")
    parts = re.split(r"^### (\w+)$", text.partition("\n## ")[0], flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_room_has_a_section() -> None:
    assert set(rooms()) == set(ROOMS)


def test_each_room_lists_exactly_what_it_may_import() -> None:
    listed = {
        room: set(re.findall(r"`(\w+)`", line))
        for room, text in rooms().items()
        for line in re.findall(r"^May import: (.+)\.$", text, re.MULTILINE)
    }

    assert listed == ROOMS


def test_every_room_is_described_after_all_rooms_that_import_it() -> None:
    order = list(rooms())

    for room in order:
        later = set(order[order.index(room) :])
        assert ROOMS[room] & set(ROOMS) <= later, room


def test_the_modules_outside_the_rooms_are_named() -> None:
    _, _, text = PAGE.partition("Eight modules are outside the rooms.")
    named = re.findall(r"`(\w+)\.py`", text.partition("\n## ")[0])

    assert set(named) == set(PUBLIC)


def test_each_picture_is_text_that_the_site_shows_as_it_is() -> None:
    pictures = [body for language, body in pages.fences(PAGE) if language == "mermaid"]

    assert len(pictures) == 5
    assert all(picture.startswith("sequenceDiagram\n") for picture in pictures)
