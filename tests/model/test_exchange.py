"""Exchanges and how they are shown: no secret survives, no answer is misread."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.model.exchange import SHOWN_BODY_CHARACTERS, Exchange, Request, Response, http_date
from conformance.model.redaction import Headers, Redactor, visible

SECRET = "s3cr/et+to=ken"
SIGNATURE = "0123456789abcdef0123"

# No brackets, which the placeholder has; longer than it, so that it cannot hide inside.
secrets = st.text("aZ09/+=\"'\\& ~é", min_size=11, max_size=40)


def answer(body: bytes, status: int = 200, headers: Headers = ()) -> Exchange:
    return Exchange(Request("GET", "http://localhost/media"), Response(status, headers, body, 0.01))


@given(secret=secrets, before=st.text(), after=st.text())
def test_no_spelling_of_a_known_secret_survives_any_surroundings(
    secret: str, before: str, after: str
) -> None:
    spellings = {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}
    redactor = Redactor([None, "", secret])

    for spelling in spellings:
        shown = redactor.text(before + spelling + after)

        assert not any(form in shown for form in spellings)
        assert not redactor.finds(shown)
        assert redactor.text(f"<{spelling}>") == "<[redacted]>"


@given(secret=secrets, before=st.text(), after=st.text())
def test_the_leak_check_finds_what_was_not_redacted(secret: str, before: str, after: str) -> None:
    redactor = Redactor([secret])

    assert redactor.finds(before + quote(secret, safe="") + after)
    assert redactor.finds(json.dumps({before: secret}))


@pytest.mark.parametrize(
    "text",
    [
        f"https://b.example/k?X-Amz-Expires=60&X-Amz-Signature={SIGNATURE}&x-id=PutObject",
        f"https://b.example/k?x-amz-signature={SIGNATURE}",
        f"https://b.example/k?AWSAccessKeyId={SIGNATURE}&Expires=1",
        f"https://b.example/k?Signature={SIGNATURE}",
        f'{{"url": "https://b.example/k?X-Goog-Signature={SIGNATURE}\\u0026x=1"}}',
        f"next=https%3A%2F%2Fb.example%2Fk%3FX-Amz-Security-Token%3D{SIGNATURE}%26x%3D1",
        f"'Authorization: Bearer {SIGNATURE}'",
        f'{{"fields": {{"X-Amz-Signature": "{SIGNATURE}"}}}}',
        f"x-amz-security-token: {SIGNATURE}",
    ],
)
def test_a_foreign_secret_is_known_by_its_shape(text: str) -> None:
    shown = Redactor().text(text)

    assert SIGNATURE not in shown
    assert "[redacted]" in shown


@pytest.mark.parametrize(
    "text", ["Sat, 31 Jan 2026 12:00:00 GMT", "Sat, 31 Jan 2026 12:00:00", "31 Jan 2026 12:00:00"]
)
def test_a_date_without_a_zone_is_utc(text: str) -> None:
    assert http_date(text) == datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize("text", [None, "", "0", "soon", "Sat, 31 Jan 99999 12:00:00 GMT"])
def test_what_is_no_date_is_none(text: str | None) -> None:
    assert http_date(text) is None


def test_the_longer_of_two_secrets_is_hidden_whole_and_words_are_left() -> None:
    redactor = Redactor(["abc", "team", "team-key-1"])

    assert redactor.text("abc, team, team-key-1") == "abc, [redacted], [redacted]"


def test_redaction_leaves_the_rest_of_a_signed_url_readable() -> None:
    url = f"https://b.example/k?X-Amz-Expires=60&X-Amz-Signature={SIGNATURE}&x-id=PutObject"

    shown = Redactor().text(f"{url} and the rest")

    expected = "https://b.example/k?X-Amz-Expires=60&X-Amz-Signature=[redacted]&x-id=PutObject"
    assert shown == f"{expected} and the rest"


@pytest.mark.parametrize("name", ["Authorization", "COOKIE", "set-cookie", "X-Amz-Security-Token"])
def test_secret_headers_are_hidden_whole_whatever_their_case(name: str) -> None:
    headers = Redactor([SECRET]).headers(((name, "plain"), ("X-Echo", f"<{SECRET}>")))

    assert headers == [[name, "[redacted]"], ["X-Echo", "<[redacted]>"]]


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


@pytest.mark.parametrize(
    "spelling",
    ["abc%2Fdef%2Bghi", "abc%2fdef%2bghi", "abc/def%2Bghi", "abc\\/def+ghi", "abc%252Fdef%252Bghi"],
)
def test_a_secret_is_found_however_it_is_spelled(spelling: str) -> None:
    redactor = Redactor(["abc/def+ghi"])

    assert redactor.finds(f"x{spelling}y")
    assert "def" not in redactor.text(f"x{spelling}y")


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


@given(st.text(st.characters()))
def test_what_is_made_visible_acts_upon_no_terminal(text: str) -> None:
    shown = visible(text)

    assert shown.isprintable()
    assert len(shown.encode("utf-8")) >= len(text)
    assert visible(shown) == shown


@pytest.mark.parametrize("text", ["", "plain [bold] text", "é 漢 🎈"])
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("\r\n", "\\r\\n"),
        ("\u202ex", "\\u202ex"),
        ("\udc80", "\\udc80"),
    ],
)
def test_what_acts_upon_terminals_stands_as_its_code(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize("word", ["test", "secret", "minioadmin"])
def test_a_key_that_is_a_word_is_hidden_but_found_nowhere(word: str) -> None:
    redactor = Redactor([word])

    assert redactor.text(f"key {word}") == "key [redacted]"
    assert not redactor.finds(f"a {word} of the kit's own")


def test_what_a_text_without_secrets_holds_too_is_no_leak() -> None:
    redactor = Redactor(["other-token"])

    assert redactor.finds("needs other-token")
    assert not redactor.finds("needs other-token", ordinary="capability other-token")


def test_a_secret_that_is_learned_later_is_hidden_like_the_others() -> None:
    redactor = Redactor(["the-first-secret"])
    redactor.learn("another/secret")

    assert redactor.text("the-first-secret another%2Fsecret") == "[redacted] [redacted]"
    assert redactor.knows("say another/secret")
    assert not redactor.knows("say nothing")
