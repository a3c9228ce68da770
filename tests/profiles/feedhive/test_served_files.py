"""What a URL may serve of an upload."""

from __future__ import annotations

import pytest

from conformance.harness import sample_files
from conformance.judge.finding import Violation
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive.served_files import is_the_file, rewritten_as_text
from conformance.profiles.feedhive.upload import RESULTING_TYPES, Media, Upload

ASKED = Exchange(Request("POST", "http://h"))


def media(content_type: str) -> Media:
    body = sample_files.unique(content_type)
    return Media("a", Upload("", "", content_type, "", None, ASKED, body=body))


def served(body: bytes, content_type: str, status: int = 200) -> Exchange:
    headers = (("Content-Type", content_type),) if content_type else ()
    return Exchange(Request("GET", "http://h"), Response(status, headers, body, 0.0))


@pytest.mark.parametrize("content_type", RESULTING_TYPES)
def test_the_upload_with_its_type_passes(content_type: str) -> None:
    one = media(content_type)

    for shown in (content_type, f"{content_type}; charset=binary", ""):
        is_the_file(one, served(one.upload.body, shown))


@pytest.mark.parametrize("content_type", ["image/webp", "image/png", "application/octet-stream"])
def test_another_file_passes(content_type: str) -> None:
    another = sample_files.unique("image/webp" if content_type == "image/webp" else "image/png")

    is_the_file(media("image/jpeg"), served(another, content_type))


def test_the_upload_with_another_type_is_told() -> None:
    one = media("image/jpeg")

    with pytest.raises(Violation):
        is_the_file(one, served(one.upload.body, "application/octet-stream"))


def test_the_upload_as_a_download_passes() -> None:
    one = media("image/jpeg")
    headers = (
        ("Content-Type", "application/octet-stream"),
        ("Content-Disposition", "attachment"),
    )

    is_the_file(
        one, Exchange(Request("GET", "http://h"), Response(200, headers, one.upload.body, 0.0))
    )


@pytest.mark.parametrize("content_type", RESULTING_TYPES)
def test_a_file_that_was_taken_for_a_text_is_told(content_type: str) -> None:
    one = media(content_type)

    for body in rewritten_as_text(one.upload.body):
        with pytest.raises(Violation):
            is_the_file(one, served(body, content_type))


@pytest.mark.parametrize("body", [b"", b"<html>Not found</html>"])
def test_what_is_no_file_of_its_type_is_told(body: bytes) -> None:
    with pytest.raises(Violation):
        is_the_file(media("image/gif"), served(body, "image/gif"))
