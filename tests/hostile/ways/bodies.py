"""Targets whose bodies cannot be decoded, or are far too large."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from functools import cache

from tests.hostile.way import OWN, Visit, json_way, way
from tests.hostile.wire import Answer

_JSON = ("Content-Type", "application/json")
_MIB = 1024 * 1024


def _encoded(name: str, body: bytes) -> Answer:
    return Answer(200, body, [_JSON, ("Content-Encoding", name)])


@cache
def bomb(levels: int = 1, mib: int = 1_024) -> bytes:
    """Return so many MiB of zeros, compressed so many times."""
    packer = zlib.compressobj(9, wbits=31)
    packed = b"".join(packer.compress(bytes(_MIB)) for _ in range(mib)) + packer.flush()
    for _ in range(levels - 1):
        packed = gzip.compress(packed)
    return packed


@way("sends 1 GiB of zeros as one MiB of gzip")
async def gzip_bomb(visit: Visit) -> None:
    await visit.reply(_encoded("gzip", bomb()))


@way("sends a gzip bomb inside a gzip bomb")
async def nested_bomb(visit: Visit) -> None:
    await visit.reply(_encoded("gzip, gzip", bomb(2)))


@way("names 1,000 encodings of one body")
async def many_encodings(visit: Visit) -> None:
    await visit.reply(_encoded(", ".join(["gzip"] * 1_000), bomb(2, 64)))


@cache
def _json_bomb() -> bytes:
    return gzip.compress(b"[" * (100 * _MIB))


@way("sends a gzip bomb of JSON: nested arrays")
async def json_bomb(visit: Visit) -> None:
    await visit.reply(_encoded("gzip", _json_bomb()))


@way("sends random bytes as gzip")
async def gzip_garbage(visit: Visit) -> None:
    await visit.reply(_encoded("gzip", random.randbytes(4_096)))


@way("sends random bytes as deflate")
async def deflate_garbage(visit: Visit) -> None:
    await visit.reply(_encoded("deflate", random.randbytes(4_096)))


@way("sends random bytes as brotli")
async def brotli_garbage(visit: Visit) -> None:
    await visit.reply(_encoded("br", random.randbytes(4_096)))


@way("sends the first half of a gzip")
async def half_a_gzip(visit: Visit) -> None:
    packed = gzip.compress((await visit.answer()).body)
    await visit.reply(_encoded("gzip", packed[: len(packed) // 2]))


@way("compresses what it sends, as it may", correct=True)
async def compresses(visit: Visit) -> None:
    answer = await visit.answer()
    answer.body = gzip.compress(answer.body)
    answer.headers.append(("Content-Encoding", "gzip"))
    await visit.reply(answer)


async def _in_pieces(visit: Visit, begin: bytes, piece: bytes, times: int, end: bytes) -> None:
    size = len(begin) + len(piece) * times + len(end)
    await visit.send(Answer(200).head(("content-length", str(size))) + begin)
    for _ in range(times):
        await visit.send(piece)
    await visit.send(end)


@way("sends a JSON text of 128 MiB")
async def json_text_of_128_mib(visit: Visit) -> None:
    await _in_pieces(visit, b'{"data":{"id":"', b"a" * 65_536, 2_048, b'"}}')


@way("sends a JSON array of 64 million numbers")
async def json_array_of_128_mib(visit: Visit) -> None:
    await _in_pieces(visit, b'{"data":[1', b",1" * 32_768, 2_048, b"]}")


@way("sends 3.9 MB of JSON that is a million small objects")
async def json_of_many_objects(visit: Visit) -> None:
    await _in_pieces(visit, b'{"data":[{}', b",{}" * 1_000, 1_300, b"]}")


@way("sends JSON that nests 100,000 arrays")
async def json_100000_deep(visit: Visit) -> None:
    await visit.reply(Answer(200, b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}"))


@way("sends JSON that nests 900 arrays: just what Python still reads")
async def json_900_deep(visit: Visit) -> None:
    await visit.reply(Answer(200, b'{"data":' + b"[" * 900 + b"]" * 900 + b"}"))


@way("sends bytes that are not UTF-8")
async def invalid_utf_8(visit: Visit) -> None:
    await visit.reply(Answer(200, b'{"data":{"id":"\xff\xfe\xed\xa0\x80"}}'))


@way("sends its JSON in UTF-16")
async def utf_16(visit: Visit) -> None:
    answer = await visit.answer()
    answer.body = answer.body.decode().encode("utf-16")
    await visit.reply(answer)


@way("sends NaN and Infinity")
async def nan(visit: Visit) -> None:
    await visit.reply(Answer(200, b'{"data":NaN,"total":Infinity,"has_more":-Infinity}'))


@way("sends numbers that no computer holds")
async def huge_numbers(visit: Visit) -> None:
    await visit.reply(Answer(200, b'{"data":[],"total":1e99999,"n":' + b"9" * 100_000 + b"}"))


@way("gives each member of its JSON twice")
async def duplicate_keys(visit: Visit) -> None:
    answer = await visit.answer()
    value = answer.json
    if isinstance(value, dict):
        inside = ",".join(f"{json.dumps(name)}:{json.dumps(each)}" for name, each in value.items())
        answer.body = f"{{{inside},{inside}}}".encode()
    await visit.reply(answer)


@way("sends null as the whole answer")
async def json_null(visit: Visit) -> None:
    await visit.reply(Answer(200, b"null"))


@way("answers each request with the same page of HTML")
async def html(visit: Visit) -> None:
    await visit.reply(
        Answer(200, b"<html><h1>Welcome</h1>" * 1_000, [("Content-Type", "text/html")])
    )


@way("answers each request with an empty 200")
async def empty(visit: Visit) -> None:
    await visit.reply(Answer(200, b""))


@way("answers each request with a 500 and one MiB of stack traces")
async def stack_traces(visit: Visit) -> None:
    trace = b'Traceback (most recent call last):\n  File "/srv/app.py", line 1\nKeyError\n'
    await visit.reply(Answer(500, trace * 14_000, [("Content-Type", "text/plain")]))


@json_way("hands out a media_url whose file has no end")
def endless_media_url(value: object, visit: Visit) -> object:
    return _media_urls(value, f"{visit.base}{OWN}endless")


@json_way("hands out a media_url whose file is a gzip bomb")
def media_url_bomb(value: object, visit: Visit) -> object:
    return _media_urls(value, f"{visit.base}{OWN}bomb")


@json_way("hands out a media_url that never answers")
def media_url_hangs(value: object, visit: Visit) -> object:
    return _media_urls(value, f"{visit.base}{OWN}hang")


def _media_urls(node: object, url: str) -> object:
    """Replace each URL of a file in an answer."""
    if isinstance(node, list):
        return [_media_urls(each, url) for each in node]
    if isinstance(node, dict):
        urls = {"media_url", "thumbnail_url", "url"}
        return {
            name: url if name in urls and isinstance(each, str) else _media_urls(each, url)
            for name, each in node.items()
        }
    return node


async def own_file(visit: Visit) -> None:
    """Answer for one of the files that the ways name."""
    if visit.asked.target.endswith("hang"):
        await visit.for_ever()
    if visit.asked.target.endswith("bomb"):
        await visit.reply(_encoded("gzip", bomb()))
        return
    await visit.send(
        Answer(200, headers=[("Content-Type", "image/png")]).head(("Connection", "close"))
    )
    while True:
        await visit.send(random.randbytes(65_536))
