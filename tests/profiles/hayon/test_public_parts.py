"""Parts of public files: which answers may be right."""

from __future__ import annotations

import pytest

from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.hayon.public_parts import is_a_part

WHOLE = bytes(range(200))


def answered(status: int, body: bytes, told: str = "", **more: str) -> Exchange:
    headers = {"Content-Range": told} if told else {}
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    return Exchange(Request("GET", "http://h"), Response(status, tuple(headers.items()), body, 0.0))


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        (answered(206, WHOLE[100:120], "bytes 100-119/200"), True),
        (answered(206, WHOLE[100:110], "bytes 100-109/200"), True),
        (answered(206, WHOLE[100:120]), True),
        (answered(200, WHOLE[100:120]), True),
        (answered(200, WHOLE), True),
        (answered(206, WHOLE), False),
        (answered(206, WHOLE[100:119], "bytes 100-119/200"), False),
        (answered(206, WHOLE[:20], "bytes 100-119/200"), False),
        (answered(200, WHOLE[:20]), False),
        (answered(206, b"x", Content_Encoding="gzip"), True),
        (answered(206, b"x", Content_Type="multipart/byteranges; boundary=b"), True),
        (answered(416, b"x"), True),
    ],
)
def test_an_answer_to_a_request_for_a_part(answer: Exchange, *, right: bool) -> None:
    assert is_a_part(answer, "100-119", WHOLE) is right


def test_a_part_that_ends_with_the_file() -> None:
    assert is_a_part(answered(206, WHOLE[100:]), "100-", WHOLE)
    assert not is_a_part(answered(206, WHOLE[100:-1]), "100-", WHOLE)
