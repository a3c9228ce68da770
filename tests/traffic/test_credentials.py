"""Which parts of somebody's traffic are secrets."""

from __future__ import annotations

import json

import pytest

from conformance.model.exchange import Exchange, Request, Response
from conformance.traffic.credentials import secrets_of_answer, secrets_of_request


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("Authorization", "Bearer abc.def", {"abc.def"}),
        ("authorization", "raw-key", {"raw-key"}),
        ("Authorization", "Bearer [redacted]-main", set()),
        ("Cookie", "sid=0123456789; theme=dark", {"0123456789"}),
        ("X-Api-Key", "k", {"k"}),
        ("X-Auth-Token", "t", {"t"}),
        ("Accept", "x", set()),
    ],
)
def test_headers(name: str, value: str, found: set[str]) -> None:
    assert set(secrets_of_request(Request("GET", "http://h/", ((name, value),)))) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("access_token=abcdefghij&cursor=klmnopqrst", {"abcdefghij"}),
        ("page_token=abcdefghij", set()),
        ("token=short", set()),
        ("X-Amz-Security-Token=abcdefghij", set()),  # the redactor knows its form
    ],
)
def test_queries(query: str, found: set[str]) -> None:
    assert set(secrets_of_request(Request("GET", f"http://h/?{query}"))) == found


def test_what_a_login_answers() -> None:
    body = {"data": [{"accessToken": "0123456789", "name": "abcdefghij"}], "password": "ab"}
    headers = (("Set-Cookie", "session=abcdefghijk; Path=/; HttpOnly"),)
    response = Response(200, headers, json.dumps(body).encode(), 0.1)

    found = set(secrets_of_answer(Exchange(Request("POST", "http://h/login"), response)))

    assert found == {"0123456789", "abcdefghijk"}
