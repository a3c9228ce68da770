"""A request is sent as httpx would send it, byte for byte, whatever its URL and headers are."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.harness.raw_request import InvalidURL, raw_request
from conformance.model.exchange import Request

HOSTS = ["api.example.test", "127.0.0.1", "127.0.0.999", "1.2", "[::1]", "Host", "a_b", "x.-y", ""]
HOSTS += ["b\u00fccher.test", "me:pa%20ss@api.test", "me@a"]
PORTS = ["", ":", ":80", ":443", ":8080", ":080", ":99999", ":x"]
ODD = st.sampled_from([*"%?&=# {\"'~\\+:@.;[|\x07\u00fc", "/", "/.", "/..", "a", "%2F", "%zz"])
LENGTHS = ["content-length", "Content-Length", "Transfer-Encoding"]
NAMES = st.sampled_from(
    ["Content-Type", "Host", "accept", "Connection", "Authorization", "X-A", "x-a", *LENGTHS]
)
VALUES = st.sampled_from(["", "1", "image/png", "chunked", "Bearer x"])


class Recorded(httpx.BaseTransport):
    """Keeps what httpx would send."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Keep a request."""
        self.sent = request
        return httpx.Response(200)


RECORDED = Recorded()
CLIENT = httpx.Client(transport=RECORDED, headers={"User-Agent": "kit"}, trust_env=False)


def by_httpx(request: Request) -> tuple[Any, ...] | None:
    """Return the method, the parts of the URL, the headers and the body; None without a URL."""
    options: dict[str, Any] = {"content": request.body} if request.body else {}
    try:
        with suppress(ValueError):  # of its cookies, for a URL without a scheme
            CLIENT.request(request.method, request.url, headers=list(request.headers), **options)
    except httpx.InvalidURL:
        return None
    sent = RECORDED.sent
    parts = (sent.url.raw_scheme, sent.url.raw_host, sent.url.port, sent.url.raw_path)
    headers = [one for one in sent.headers.raw if one != (b"Content-Length", b"")]
    return sent.method.encode(), parts, headers, sent.content


def by_the_kit(request: Request) -> tuple[Any, ...] | None:
    """Return the same of the kit."""
    try:
        sent = raw_request(request, {})
    except InvalidURL:
        return None
    parts = (sent.url.scheme, sent.url.host, sent.url.port, sent.url.target)
    body: Any = sent.stream
    return sent.method, parts, sent.headers, b"".join(body)


@given(
    st.sampled_from(["http://", "https://", "HTTP://", "ftp://", "//", ""]),
    st.sampled_from(HOSTS),
    st.sampled_from(PORTS),
    st.lists(ODD, max_size=6).map("".join),
)
def test_every_url_is_taken_apart_as_by_httpx(scheme: str, host: str, port: str, rest: str) -> None:
    headers = (("Accept-Encoding", "gzip"), ("User-Agent", "kit"))
    request = Request("GET", f"{scheme}{host}{port}{rest}", headers)
    expected, found = by_httpx(request), by_the_kit(request)
    if expected and not expected[1][0]:  # nothing is sent then, so the headers do not matter
        expected, found = expected[1][:1], found and found[1][:1]

    assert found == expected


@given(
    st.sampled_from(["GET", "put", "POST", "PATCH", "DELETE", "HEAD"]),
    st.lists(st.tuples(NAMES, VALUES), max_size=5),
    st.sampled_from([b"", b"body"]),
    st.sampled_from(["https://a.test/x?y=1", "http://me:secret@a.test:80/"]),
)
def test_headers_come_in_the_order_of_httpx(
    method: str, headers: list[tuple[str, str]], body: bytes, url: str
) -> None:
    named = (("Accept-Encoding", "gzip"), ("User-Agent", "kit"), *headers)
    request = Request(method, url, named, body)

    assert by_the_kit(request) == by_httpx(request)


def test_a_long_url_is_refused_as_by_httpx() -> None:
    with pytest.raises(InvalidURL, match="too long"):
        raw_request(Request("GET", "http://a.test/" + "a" * 65_536), {})
