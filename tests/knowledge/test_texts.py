"""What counts as a word that gives something away."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from conformance.knowledge.place import Place
from conformance.knowledge.texts import Texts, is_distinctive, sent_words, words_of
from conformance.model.exchange import Request

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("word", ["upl_0001Qf07919xyz", "a1b2c3d4", "holiday-2026.png"])
def test_ids_and_names_are_distinctive(word: str) -> None:
    assert is_distinctive(word)


@pytest.mark.parametrize(
    "word", ["uploads", "12345678", "a1b2", "2026-03-01T12", "20260301T120000Z"]
)
def test_short_words_numbers_and_moments_are_not(word: str) -> None:
    assert not is_distinctive(word)


def test_a_word_that_both_know_belongs_to_nobody() -> None:
    texts = Texts()
    texts.learn("main", "shared-name-1.png", "upl_0001Qf07919xyz")
    texts.learn("other", "shared-name-1.png")
    texts.learn_place("other", Place("s", "/bucket/own-object-2.png"))

    assert texts.of_others("main", {"own-object-2.png"}) == {"own-object-2.png"}
    assert texts.of_others("other", {"shared-name-1.png"}) == set()
    assert texts.of_others("nobody", {"upl_0001Qf07919xyz"}) == {"upl_0001Qf07919xyz"}


def test_what_was_sent_may_come_back() -> None:
    request = Request(
        "GET", "https://h/media/med%2Fa1b2c3d4", (("X-Note", "note-12345"),), b"bod1body"
    )

    assert {"a1b2c3d4", "note-12345", "bod1body"} <= sent_words(request)
    assert words_of("only words here") == set()


@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
def test_what_a_cursor_holds_was_sent(encode: Callable[[bytes], bytes]) -> None:
    cursor = encode(b'[1790000000.5, "med_a1b2c3d4e5~?>"]').decode().rstrip("=")

    sent = sent_words(Request("GET", f"https://h/media?limit=3&cursor={quote(cursor)}"))

    assert "med_a1b2c3d4e5" in sent
