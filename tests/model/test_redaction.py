"""Redaction: no secret survives it, and a terminal is safe from what is shown."""

from __future__ import annotations

import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.model.redaction import REDACTED_BYTES, Redactor, beginning, cookie_values, visible

SECRET = "s3cr/et+to=ken"


SIGNATURE = "0123456789abcdef0123"


# No brackets, which the placeholder has; longer than it, so that it cannot hide inside.
secrets = st.text("aZ09/+=\"'\\& ~é", min_size=11, max_size=40)


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


def test_the_longer_of_two_secrets_is_hidden_whole_and_words_are_left() -> None:
    redactor = Redactor(["abc", "team", "team-key-1"])

    assert redactor.text("abc, team, team-key-1") == "abc, [redacted], [redacted]"


def test_redaction_leaves_the_rest_of_a_signed_url_readable() -> None:
    url = f"https://b.example/k?X-Amz-Expires=60&X-Amz-Signature={SIGNATURE}&x-id=PutObject"

    shown = Redactor().text(f"{url} and the rest")

    hidden = "[redacted]-1bd8fd"
    expected = f"https://b.example/k?X-Amz-Expires=60&X-Amz-Signature={hidden}&x-id=PutObject"
    assert shown == f"{expected} and the rest"


@pytest.mark.parametrize("name", ["Authorization", "COOKIE", "set-cookie", "X-Amz-Security-Token"])
def test_secret_headers_are_hidden_whole_whatever_their_case(name: str) -> None:
    headers = Redactor([SECRET]).headers(((name, "plain"), ("X-Echo", f"<{SECRET}>")))

    assert headers == [[name, "[redacted]"], ["X-Echo", "<[redacted]>"]]


@pytest.mark.parametrize(
    "spelling",
    ["abc%2Fdef%2Bghi", "abc%2fdef%2bghi", "abc/def%2Bghi", "abc\\/def+ghi", "abc%252Fdef%252Bghi"],
)
def test_a_secret_is_found_however_it_is_spelled(spelling: str) -> None:
    redactor = Redactor(["abc/def+ghi"])

    assert redactor.finds(f"x{spelling}y")
    assert "def" not in redactor.text(f"x{spelling}y")


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


def test_a_signature_has_a_pseudonym_that_stays_the_same() -> None:
    other = SIGNATURE.replace("0", "f")
    urls = [f"https://b/k?X-Amz-Signature={one}" for one in (SIGNATURE, other, SIGNATURE)]

    first, second, third = map(Redactor().text, urls)

    assert first == third == Redactor().text(first)
    assert first != second
    assert not Redactor().finds(first)


def test_the_cookies_of_a_session_are_secrets_and_others_are_not() -> None:
    headers = (
        ("Set-Cookie", 'sessionid="abcdef0123456789"; Path=/'),
        ("set-cookie", "locale=en-US-2026-11-27"),
        ("SET-COOKIE", "auth=short"),
        ("X-Session", "session=abcdef9876543210"),
    )

    assert cookie_values(headers) == {"abcdef0123456789"}


def test_an_ordinary_word_that_an_answer_calls_a_token_is_no_leak() -> None:
    redactor = Redactor()
    redactor.learn("password")
    redactor.learn("pass-word-1")

    assert redactor.text("password pass-word-1") == "[redacted] [redacted]"
    assert not redactor.leaks("a password")
    assert redactor.leaks("a pass%2Dword%2D1")


@pytest.mark.parametrize("separator", [b" ", b'"', b"\n", b"&"])
def test_a_long_body_is_cut_behind_a_whole_word(separator: bytes) -> None:
    word = separator + b"x" * 1_000
    body = word * 40 + separator + b"the-token-of-the-caller-1" * 400

    text = beginning(body)

    assert body.decode().startswith(text)
    assert len(text) > REDACTED_BYTES - 2_000
    assert text.endswith(separator.decode())


def test_a_body_without_words_ends_before_a_secret_that_it_may_cut() -> None:
    text = beginning(b"x" * (REDACTED_BYTES - 10) + b"the-token-of-the-caller-1")

    assert "the-tok" not in text
    assert len(text) > REDACTED_BYTES // 2


def test_a_short_body_is_whole() -> None:
    assert beginning("é and a last word".encode()) == "é and a last word"
