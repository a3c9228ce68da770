"""A file that is only to be saved says so; a type that was lost does not."""

from __future__ import annotations

import pytest

from conformance.model.download import is_a_download
from conformance.model.exchange import Exchange, Request, Response

BYTES = "application/octet-stream"


def served(content_type: str, *headers: tuple[str, str], query: str = "") -> Exchange:
    response = Response(200, (("Content-Type", content_type), *headers), b"x", 0.0)
    return Exchange(Request("GET", f"http://h/k{query}"), response)


@pytest.mark.parametrize("disposition", ["attachment", 'Attachment; filename="a.png"'])
@pytest.mark.parametrize("content_type", [BYTES, "binary/octet-stream"])
def test_an_attachment_of_just_bytes_is_a_download(content_type: str, disposition: str) -> None:
    assert is_a_download(served(content_type, ("Content-Disposition", disposition)))


def test_a_url_may_order_the_type() -> None:
    assert is_a_download(served(BYTES, query=f"?response-content-type={BYTES}"))


@pytest.mark.parametrize(
    "exchange",
    [
        served(BYTES),
        served(BYTES, ("Content-Disposition", "inline")),
        served(BYTES, query="?response-content-type=image/png"),
        served("image/png", ("Content-Disposition", "attachment")),
        Exchange(Request("GET", "http://h"), None),
    ],
)
def test_anything_else_is_none(exchange: Exchange) -> None:
    assert not is_a_download(exchange)
