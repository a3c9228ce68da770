"""Exchanges and how they are shown: no secret survives, no answer is misread."""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.model.exchange import SHOWN_BODY_CHARACTERS, Exchange, Request, Response, http_date
from conformance.model.redaction import Headers, Redactor

SECRET = "s3cr/et+to=ken"


def answer(body: bytes, status: int = 200, headers: Headers = ()) -> Exchange:
    return Exchange(Request("GET", "http://localhost/media"), Response(status, headers, body, 0.01))


@pytest.mark.parametrize(
    "text", ["Sat, 31 Jan 2026 12:00:00 GMT", "Sat, 31 Jan 2026 12:00:00", "31 Jan 2026 12:00:00"]
)
def test_a_date_without_a_zone_is_utc(text: str) -> None:
    assert http_date(text) == datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize("text", [None, "", "0", "soon", "Sat, 31 Jan 99999 12:00:00 GMT"])
def test_what_is_no_date_is_none(text: str | None) -> None:
    assert http_date(text) is None


def test_no_part_of_a_record_shows_a_secret() -> None:
    request = Request(
        "POST",
        f"http://localhost/media?key={quote(SECRET, safe='')}",
        (("Authorization", f"Bearer {SECRET}"), ("X-Note", SECRET)),
        json.dumps({"token": SECRET}).encode(),
        "main",
    )
    response = Response(200, (("Set-Cookie", SECRET), ("X-Note", SECRET)), SECRET.encode(), 0.01)
    redactor = Redactor([SECRET])

    record = Exchange(request, response, error=f"about {SECRET}").record(redactor)

    assert not redactor.finds(json.dumps(record))
    assert SECRET not in str(record)
    assert '"Authorization: Bearer $CONFORMANCE_TOKEN"' in record["curl"]


def test_a_long_body_is_redacted_before_it_is_cut() -> None:
    filler = "x" * (SHOWN_BODY_CHARACTERS - 5)

    shown = answer((filler + SECRET).encode()).record(Redactor([SECRET]))["response"]["body"]

    assert shown == {"text": filler + "[reda", "bytes": len(filler + SECRET)}


@pytest.mark.parametrize(
    ("caller", "variable"), [("main", "$CONFORMANCE_TOKEN"), ("other", "$CONFORMANCE_OTHER_TOKEN")]
)
def test_a_curl_line_names_the_variable_of_its_caller(caller: str, variable: str) -> None:
    headers = (("Authorization", f"Bearer {SECRET}"), ("Host", "localhost"), ("X-A", "it's"))
    url = "http://localhost/media?a=1&b=it's"

    line = Exchange(Request("POST", url, headers, b"a 'body'", caller)).curl()

    parts = shlex.split(line)
    assert parts[:5] == ["curl", "--request", "POST", "--url", url]
    assert parts[5:9] == ["--header", f"Authorization: Bearer {variable}", "--header", "X-A: it's"]
    assert parts[9:] == ["--data-raw", "a 'body'"]


@pytest.mark.parametrize("body", [b"\xff\xd8\xff", b"a\x00b", b"x" * SHOWN_BODY_CHARACTERS])
def test_a_body_that_no_shell_line_can_hold_is_a_file(body: bytes) -> None:
    line = Exchange(Request("PUT", "http://localhost/k", body=body)).curl()

    assert line.endswith("--data-binary @FILE")


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": ', b"\xff\xfe\xfd", b"[" * 200_000])
def test_what_is_no_json_is_not_taken_for_json(body: bytes) -> None:
    exchange = answer(body)

    assert not exchange.is_json
    assert exchange.json is None
    assert exchange.at("data", "id") is None


@pytest.mark.parametrize("body", [{"data": None}, {"data": "id"}, {"data": [{"id": 1}]}, [], "id"])
def test_a_path_that_is_not_there_gives_none(body: object) -> None:
    exchange = answer(json.dumps(body).encode())

    assert exchange.is_json
    assert exchange.at("data", "id") is None


def test_null_is_json_and_a_member_is_found_by_its_path() -> None:
    assert answer(b"null").is_json
    assert answer(b'{"data": {"id": 7}}').at("data", "id") == 7


@pytest.mark.parametrize(
    ("status", "succeeded"), [(199, False), (200, True), (299, True), (300, False), (500, False)]
)
def test_only_the_2xx_class_is_a_success(status: int, *, succeeded: bool) -> None:
    assert answer(b"", status).succeeded is succeeded


def test_the_media_type_is_read_without_its_parameters() -> None:
    exchange = answer(b"{}", headers=(("CONTENT-TYPE", "Application/JSON ; charset=utf-8"),))

    assert exchange.content_type == "application/json"
    assert answer(b"{}").content_type == ""


@given(prefix=st.integers(0, 400), suffix=st.integers(0, 400))
def test_a_summary_is_redacted_before_it_is_cut(prefix: int, suffix: int) -> None:
    body = f"{'x' * prefix}{SECRET}{'y' * suffix}".encode()

    shown = Redactor([SECRET]).brief(answer(body, 404).summary())

    assert len(shown) <= 301
    assert not any(SECRET[:length] in shown for length in range(4, len(SECRET) + 1))


@pytest.mark.parametrize("body", [b'{"a": NaN}', b"[Infinity]", b"-Infinity"])
def test_what_only_python_reads_is_no_json(body: bytes) -> None:
    assert not answer(body, 200).is_json


def test_a_body_that_looks_like_a_file_name_is_sent_as_it_is() -> None:
    line = Exchange(Request("POST", "http://h/", (), b"@/etc/passwd")).curl()

    assert shlex.split(line)[-2:] == ["--data-raw", "@/etc/passwd"]


def test_a_request_without_an_answer_says_why() -> None:
    exchange = Exchange(Request("GET", "http://localhost/"), error="refused")

    assert exchange.summary() == "no answer: refused"
    assert (exchange.status, exchange.succeeded, exchange.json) == (None, False, None)
    assert exchange.record(Redactor())["response"] is None


def test_a_long_body_is_kept_compressed_and_stays_the_same() -> None:
    body, noise = b"[1, 2, 3]" * 10_000, os.urandom(100_000)
    packed, raw = Response(200, (), body, 0.1), Response(200, (), noise, 0.1)

    assert (packed.body, raw.body) == (body, noise)
    assert packed.kept_bytes < len(body) / 10
    assert raw.kept_bytes == len(noise)
    assert packed == Response(200, (), body, 0.1)
    assert replace(packed, status=201).body == body


def test_pytest_may_show_an_exchange_without_showing_a_secret() -> None:
    url = "http://h/k?X-Amz-Signature=0123456789abcdef"
    headers = (("Authorization", "Bearer the-token-of-a-test"),)
    answer = Response(200, (("Set-Cookie", "session=the-cookie"),), b"the-token-of-a-test", 0.1)

    shown = repr(Exchange(Request("PUT", url, headers, b"the-token-of-a-test", "main"), answer))

    assert "<Request PUT http://h/k?X-Amz-Signature=[redacted]" in shown
    assert "<Response 200, 19 bytes>" in shown
    assert not any(word in shown for word in ("the-token", "the-cookie", "0123456789abcdef"))
