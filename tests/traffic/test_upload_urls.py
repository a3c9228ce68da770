"""Signed URLs lead through another port; everything else of an answer stays as it is."""

from __future__ import annotations

import json

import pytest

from conformance.traffic.upload_urls import UploadUrls

HERE = "http://127.0.0.1:9"
SIGNED = "https://b.s3.example/k%2F1/a.png?X-Amz-Signature=abcdef&x=1"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"a": [SIGNED], "n": 1.50}),
        json.dumps({"a": [SIGNED]}, indent=2),
        json.dumps({"a": SIGNED}).replace("/", "\\/"),
        json.dumps({"a": SIGNED}).replace("&", "\\u0026"),
    ],
)
def test_only_scheme_and_host_change(text: str) -> None:
    urls = UploadUrls(HERE)

    led = urls.led(text.encode()).decode()

    assert SIGNED.replace("https://b.s3.example", HERE) in json.dumps(json.loads(led))
    assert len(led) == len(text) - (len("https://b.s3.example") - len(HERE))
    assert urls.origin_of("/k%2F1/a.png?any") == "https://b.s3.example"
    assert urls.leads(SIGNED)


@pytest.mark.parametrize(
    "body", [b'{"a": "https://h/k"}', b"", b"<html>", b"[" * 5_000, b'"\xff"', b'{"a": "https://h/']
)
def test_other_answers_stay(body: bytes) -> None:
    urls = UploadUrls(HERE)

    assert urls.led(body) == body
    assert urls.origin_of("/k") is None


def test_a_url_that_cannot_be_led_is_not_seen() -> None:
    urls = UploadUrls(HERE)
    escaped = json.dumps({"a": SIGNED}).replace("https", "\\u0068ttps")

    assert urls.led(escaped.encode()).decode() == escaped
    assert not urls.leads(SIGNED)


def test_a_redirect_to_a_signed_url_is_led_too() -> None:
    urls = UploadUrls(HERE)

    assert urls.led_location(SIGNED) == SIGNED.replace("https://b.s3.example", HERE)
    assert urls.led_location("https://b/plain") == "https://b/plain"
