"""What of an s3Url anybody may read, and what is a pass that somebody was given."""

from __future__ import annotations

import pytest

from conformance.exchange import Exchange, Request
from conformance.profiles.hayon.given import Upload
from conformance.profiles.hayon.public import query_is_a_pass

KEY = "posts/7/3f2a9c50-7f0e-4d1a-9a59-4d1c.png"


@pytest.mark.parametrize(
    ("query", "is_a_pass"),
    [
        ("", False),
        ("?v=2", False),
        ("?alt=media", False),
        (f"?key={KEY}", False),
        (f"?file=/media/{KEY}", False),
        ("?name=3f2a9c50-7f0e-4d1a-9a59-4d1c.png", False),
        ("?token=9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d", True),
    ],
)
def test_a_query_is_a_pass_when_it_holds_more_than_the_file(query: str, *, is_a_pass: bool) -> None:
    url = f"https://cdn.example/{KEY}{query}"
    upload = Upload("", url, KEY, "image/png", Exchange(Request("POST", "http://h")))

    assert query_is_a_pass(upload) is is_a_pass
