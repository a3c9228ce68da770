"""Nothing is decompressed beyond its limit, and nothing that is no compression is believed."""

from __future__ import annotations

import gzip
import zlib
from contextlib import suppress

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.harness.decoding import Undecodable, decoded, received, value_of

BOMB = gzip.compress(bytes(50_000_000))


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"text")),
        ("X-GZIP", gzip.compress(b"text")),
        ("deflate", zlib.compress(b"text")),
        ("deflate", raw_deflate(b"text")),
        ("gzip, gzip", gzip.compress(gzip.compress(b"text"))),
        ("identity", b"text"),
        ("br", b"text"),
    ],
)
def test_what_the_kit_asks_for_is_decoded(encoding: str, body: bytes) -> None:
    assert decoded(body, encoding, 100) == b"text"


@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip"])
def test_a_bomb_stops_at_the_limit(encoding: str) -> None:
    body = gzip.compress(BOMB) if "," in encoding else BOMB

    assert len(decoded(body, encoding, 1_000_000)) == 1_000_001


def test_many_encodings_are_refused() -> None:
    with pytest.raises(Undecodable, match="5 encodings"):
        decoded(b"", "gzip, " * 5, 100)


@given(st.binary(min_size=1, max_size=200), st.sampled_from(["gzip", "deflate"]))
def test_garbage_raises_one_kind_of_error(body: bytes, encoding: str) -> None:
    with suppress(Undecodable):
        assert len(decoded(body, encoding, 1_000)) <= 1_001


def test_a_body_that_is_too_long_is_an_excerpt() -> None:
    body, truncated, defect = received([b"x" * 100_000], "", 50_000)

    assert truncated
    assert len(body) < 10_000
    assert not defect


def test_a_bomb_is_cut_like_a_long_body() -> None:
    body, truncated, _ = received([BOMB], "gzip", 1_000_000)

    assert truncated
    assert len(body) < 10_000


def test_a_body_that_cannot_be_decoded_stays_as_it_is() -> None:
    body, truncated, defect = received([b"no gzip"], "gzip", 100)

    assert (body, truncated) == (b"no gzip", False)
    assert defect


@pytest.mark.parametrize("value", [b"gzip", "\N{WHITE HEAVY CHECK MARK}".encode(), b"\xe4"])
def test_a_header_has_the_same_value_as_in_httpx(value: bytes) -> None:
    headers = [(b"Content-Encoding", value), (b"Other", b"x"), (b"content-encoding", b"br")]

    assert value_of(headers, b"content-encoding") == httpx.Headers(headers)["content-encoding"]
    assert value_of(headers, b"content-type") == ""
