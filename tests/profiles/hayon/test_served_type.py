"""The type of a public file is that of the upload, or of what a CDN made of a picture."""

from __future__ import annotations

import pytest

from conformance.harness import sample_files
from conformance.judge.finding import Violation
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.hayon.given import Upload
from conformance.profiles.hayon.served_type import has_its_type

PNG, WEBP = sample_files.unique("image/png"), sample_files.unique("image/webp")
UPLOAD = Upload("", "", "k", "image/png", Exchange(Request("POST", "http://h")), PNG)


def served(body: bytes, content_type: str) -> Exchange:
    response = Response(200, (("Content-Type", content_type),), body, 0.0)
    return Exchange(Request("GET", "http://h"), response)


@pytest.mark.parametrize(
    "exchange",
    [served(PNG, "image/png"), served(PNG[:-1], "image/png"), served(WEBP, "image/webp")],
)
def test_a_type_that_fits_the_bytes_passes(exchange: Exchange) -> None:
    has_its_type(exchange, UPLOAD)


@pytest.mark.parametrize(
    "exchange",
    [
        served(PNG, "image/webp"),
        served(PNG, "application/octet-stream"),
        served(PNG[:-1], "image/webp"),
        served(WEBP, "image/avif"),
        served(WEBP, "video/mp4"),
    ],
)
def test_another_type_is_told(exchange: Exchange) -> None:
    with pytest.raises(Violation):
        has_its_type(exchange, UPLOAD)
