"""Cursors that the server did not give out."""

from __future__ import annotations

import base64

import pytest

from conformance.profiles.feedhive.cursor import BAD_CURSORS, altered_cursors, is_an_id


@pytest.mark.parametrize("cursor", ["x", "eyJpZCI6IDR9", "%%% not base64 %%%"])
def test_altered_cursors_are_all_others(cursor: str) -> None:
    altered = altered_cursors(cursor)

    assert altered
    assert cursor not in altered


def test_a_number_inside_a_cursor_is_changed() -> None:
    assert "eyJpZCI6IDV9" in altered_cursors("eyJpZCI6IDR9")  # {"id": 4} and {"id": 5}


def test_bytes_that_are_not_text_are_left_alone() -> None:
    cursor = base64.urlsafe_b64encode(b"\xff\xfe1234567").decode()

    assert all(len(one) == len(cursor) for one in altered_cursors(cursor))


def test_a_cursor_full_of_digits_takes_few_requests() -> None:
    cursor = base64.urlsafe_b64encode(b"1" * 300).decode()

    assert len(altered_cursors(cursor)) < 30


def test_no_two_bad_cursors_are_the_same() -> None:
    assert len(set(BAD_CURSORS.values())) == len(BAD_CURSORS)


@pytest.mark.parametrize(
    ("cursor", "wanted"),
    [
        (base64.b64encode(b"med_7").decode(), True),
        (base64.urlsafe_b64encode(b"med_7").decode().rstrip("="), True),
        (base64.b64encode(b'{"id": "med_7"}').decode(), False),
        (base64.b64encode(b"\xff\xfe").decode(), False),
        ("med_7", True),
        ("med_8", False),
        (None, False),
    ],
)
def test_a_cursor_that_is_an_id_or_the_base64_of_one_is_known(
    cursor: str | None, *, wanted: bool
) -> None:
    assert is_an_id(cursor, {"med_7"}) is wanted
