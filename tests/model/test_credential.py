"""What a report says of an unusual Authorization header shows its form, and no secret."""

from __future__ import annotations

import pytest

from conformance.harness import bad_credentials
from conformance.model.credential import PUBLIC_KEYS, described
from conformance.model.exchange import Exchange, Request
from conformance.model.redaction import Redactor

KEY = "sk-live-0123456789abcdef"
REDACTOR = Redactor([KEY])


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        (None, "no Authorization header"),
        ("", "Authorization: (empty)"),
        ("Bearer", "Authorization: Bearer (no key)"),
        (f"Basic {KEY}", "Authorization: Basic <the key>"),
        (f"bearer {KEY},23", "Authorization: bearer <the key>,23"),
        ("Bearer undefined", "Authorization: Bearer undefined"),
        (KEY, "Authorization: <the key>"),
        (KEY[:-4], "Authorization: <a key that no caller has>"),
        (f"Bearer {KEY}{'x' * 40}", "Authorization: Bearer <the key with more characters>"),
    ],
)
def test_the_form_of_a_header_is_named(header: str | None, shown: str) -> None:
    assert described(header, REDACTOR) == shown


def test_a_key_that_was_made_of_the_callers_key_stays_hidden() -> None:
    redactor = Redactor([KEY])
    redactor.learn(changed := KEY[:-4])

    assert described(f"Bearer {changed}", redactor) == "Authorization: Bearer <a changed key>"


def test_the_words_that_are_shown_are_those_that_cases_send() -> None:
    assert {*bad_credentials._WORDS.values(), *bad_credentials.PATTERNS} == PUBLIC_KEYS


def test_a_record_names_the_key_of_a_request_without_a_caller_to_the_api() -> None:
    own = ("X-Request-Id", "1")
    headers = (own, ("Authorization", f"Basic {KEY}"))
    basic = Exchange(Request("GET", "http://h/", headers)).record(REDACTOR)
    caller = Exchange(Request("GET", "http://h/", (own,), caller="main")).record(REDACTOR)
    storage = Exchange(Request("PUT", "http://s3/k")).record(REDACTOR)

    assert basic["credential"] == "Authorization: Basic <the key>"
    assert "credential" not in caller | storage
    assert KEY not in str(basic)


def test_a_word_that_no_caller_has_as_a_key_is_shown_in_a_record() -> None:
    headers = (("X-Request-Id", "1"), ("Authorization", "Bearer conformance-no-such-key"))
    record = Exchange(Request("GET", "http://h/", headers)).record(REDACTOR)

    assert record["credential"] == "Authorization: Bearer conformance-no-such-key"
