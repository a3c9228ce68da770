"""Other spellings mean the same, and an answer that differs is noticed."""

from __future__ import annotations

import json
from urllib.parse import quote, unquote

import pytest

from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive.machine.spelling import (
    OF_CREATE,
    OF_IDS,
    OF_LIST,
    differs,
    escaped,
    lower_hexadecimal,
    percent_encoded,
)

IDS = ["med_1/2", "0e9d", "ü/é", "///", "a b%2F"]
BODY = {"filename": 'a "b" \\ ü.png', "content_type": "image/png"}


def answer(status: int, media_id: str = "a") -> Exchange:
    body = json.dumps({"success": status < 400, "data": {"id": media_id}}).encode()
    return Exchange(Request("GET", "http://127.0.0.1/"), Response(status, (), body, 0.01))


@pytest.mark.parametrize("text", IDS)
def test_an_id_in_another_spelling_is_the_same_id(text: str) -> None:
    for spelled in (percent_encoded(text), lower_hexadecimal(text)):
        assert unquote(spelled) == text
        assert "/" not in spelled


def test_the_other_spellings_of_an_id_differ_from_the_usual_one() -> None:
    assert percent_encoded("med_1/2") not in {quote("med_1/2", safe=""), "med_1/2"}
    assert lower_hexadecimal("med_1/2") == "med_1%2f2"


def test_a_json_body_in_another_spelling_holds_the_same() -> None:
    assert json.loads(escaped(BODY)) == BODY
    assert b"image" not in escaped(BODY)


@pytest.mark.parametrize("spelling", [*OF_IDS, *OF_CREATE, *OF_LIST], ids=lambda one: one.words)
def test_every_spelling_means_the_usual_request(spelling: object) -> None:
    named = [getattr(spelling, name) for name in ("segment", "body", "header", "number")]
    segment, body, header, number = named

    assert unquote(segment("a/b")) == "a/b"
    assert json.loads(body(BODY)) == BODY
    assert header("Accept").lower() == "accept"
    assert unquote(number(10)) == "10"


def test_equal_answers_do_not_differ() -> None:
    assert not differs(answer(200), answer(200), "data", "id")
    assert not differs(answer(404), answer(410))


def test_another_outcome_or_another_item_differs() -> None:
    assert differs(answer(200), answer(404))
    assert differs(answer(200), answer(200, "b"), "data", "id")
