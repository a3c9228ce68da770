"""What a request asks of the store, read from its head."""

from __future__ import annotations

import asyncio

import pytest

from conformance.gate.message import Head, read_head
from conformance.gate.sight import deletes_several, digest_of, keys_in, seen


def head(first: str, *headers: str) -> Head:
    async def read() -> Head | None:
        reader = asyncio.StreamReader()
        reader.feed_data("\r\n".join([first, *headers, "", ""]).encode())
        return await read_head(reader)

    found = asyncio.run(read())
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("first", "kind", "keys"),
    [
        ("HEAD /media/a/b.png HTTP/1.1", "read", ["a/b.png"]),
        ("GET /media/a%20b.png?versionId=1 HTTP/1.1", "read", ["a b.png"]),
        ("GET /media/a.png?attributes HTTP/1.1", "read", ["a.png"]),
        ("GET /media?list-type=2&prefix=a%2Fb HTTP/1.1", "list", ["a/b"]),
        ("GET /media/?prefix=a HTTP/1.1", "list", ["a"]),
        ("GET /media HTTP/1.1", "list", [""]),
        ("PUT /media/a.png HTTP/1.1", "write", ["a.png"]),
        ("POST /media/a.png?uploads HTTP/1.1", "write", ["a.png"]),
        ("PUT /media/a.png?partNumber=1&uploadId=x HTTP/1.1", "write", ["a.png"]),
        ("PUT /media/a.png?tagging HTTP/1.1", "other", ["a.png"]),
        ("PUT /media HTTP/1.1", "other", []),
        ("DELETE /media/a.png HTTP/1.1", "delete", ["a.png"]),
        ("DELETE /media/a.png?uploadId=x HTTP/1.1", "other", ["a.png"]),
        ("POST /media?delete HTTP/1.1", "delete", []),
        ("DELETE /mediatheque/a.png HTTP/1.1", "delete", ["mediatheque/a.png"]),
    ],
)
def test_a_request_is_of_a_kind_and_names_its_objects(
    first: str, kind: str, keys: list[str]
) -> None:
    found = seen(7, head(first, "Host: 127.0.0.1:9000"), "media")

    assert (found.number, found.kind, found.keys) == (7, kind, keys)


def test_a_copy_names_its_source_too() -> None:
    copy = head("PUT /media/new.png HTTP/1.1", "Host: h", "x-amz-copy-source: /media/old.png")

    assert seen(1, copy, "media").kind == "copy"
    assert seen(1, copy, "media").keys == ["new.png", "old.png"]


def test_a_bucket_may_be_in_the_host() -> None:
    assert seen(1, head("GET /a/b.png HTTP/1.1", "Host: media.s3:9000"), "media").keys == [
        "a/b.png"
    ]


def test_the_kits_own_requests_are_known_by_their_agent() -> None:
    assert seen(
        1, head("GET /media/a HTTP/1.1", "User-Agent: media-conformance/1 (x)"), "media"
    ).own
    assert not seen(1, head("GET /media/a HTTP/1.1", "User-Agent: aws-sdk-js"), "media").own


def test_a_signature_is_kept_as_a_digest_only() -> None:
    found = seen(1, head("PUT /media/a?X-Amz-Signature=secret HTTP/1.1"), "media")

    assert found.signature == digest_of("secret")
    assert "secret" not in str(found.as_dict())


def test_the_body_of_a_delete_of_several_objects_names_them() -> None:
    assert deletes_several(head("POST /media?delete HTTP/1.1"))
    assert not deletes_several(head("POST /media/a?uploads HTTP/1.1"))
    body = b"<Delete><Object><Key>a &amp; b</Key></Object><Object><Key>c</Key></Object></Delete>"
    assert keys_in(body) == ["a & b", "c"]
