"""Targets that are slow, silent, or away."""

from __future__ import annotations

import asyncio
import random
import time

from tests.hostile.way import Visit, way
from tests.hostile.wire import Answer

#: After so many requests, a target that worked stops working.
WORKS_FOR = 60
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@way("answers correctly", correct=True)
async def correct(visit: Visit) -> None:
    await visit.correctly()


@way("answers correctly after 300 ms", correct=True)
async def slow_300_ms(visit: Visit) -> None:
    await asyncio.sleep(0.3)
    await visit.correctly()


@way("answers correctly after one second", correct=True)
async def slow_one_second(visit: Visit) -> None:
    await asyncio.sleep(1)
    await visit.correctly()


@way("does not listen", listens=False)
async def refused(visit: Visit) -> None:
    await visit.correctly()


@way("accepts, and never answers")
async def never_answers(visit: Visit) -> None:
    await visit.for_ever()


@way(f"answers {WORKS_FOR} requests, then never again", left=True)
async def stops_answering(visit: Visit) -> None:
    if visit.asked.number > WORKS_FOR:
        await visit.for_ever()
    await visit.correctly()


@way("never answers a delete", left=True)
async def delete_hangs(visit: Visit) -> None:
    if visit.asked.method == "DELETE":
        await visit.for_ever()
    await visit.correctly()


@way("takes five seconds for each answer")
async def slow_five_seconds(visit: Visit) -> None:
    await asyncio.sleep(5)
    await visit.correctly()


@way("closes each connection without an answer")
async def closes_at_once(visit: Visit) -> None:
    visit.open = False


@way("resets each connection")
async def resets(visit: Visit) -> None:
    visit.reset()


@way("loses every third answer, after it has done what was asked")
async def loses_answers(visit: Visit) -> None:
    answer = await visit.answer()
    if visit.asked.number % 3:
        await visit.reply(answer)
    else:
        visit.reset()


@way(f"dies after {WORKS_FOR} requests, and refuses every connection for ten seconds")
async def dies_and_returns(visit: Visit) -> None:
    died = _DIED.setdefault(visit.base, 0.0)
    if visit.asked.number > WORKS_FOR and not died:
        died = _DIED[visit.base] = time.monotonic()
    if died and time.monotonic() - died < 10:
        visit.reset()
    else:
        await visit.correctly()


_DIED: dict[str, float] = {}


@way("sends one byte of its header lines a second")
async def drips_headers(visit: Visit) -> None:
    for byte in _HEAD * 100:
        await visit.send(bytes([byte]))
        await asyncio.sleep(1)


@way("sends one byte of its body a second")
async def drips_body(visit: Visit) -> None:
    await visit.send(_HEAD + b"Content-Length: 100000\r\n\r\n")
    for _ in range(100_000):
        await visit.send(b"[")
        await asyncio.sleep(1)


@way(f"sends one byte of its body a second after {WORKS_FOR} requests", left=True)
async def drips_later(visit: Visit) -> None:
    if visit.asked.number <= WORKS_FOR:
        await visit.correctly()
    else:
        await drips_body(visit)


@way("sends chunks without an end")
async def endless_chunks(visit: Visit) -> None:
    await visit.send(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        await visit.send(b"10000\r\n" + b"a" * 0x10000 + b"\r\n")


@way("sends a body without an end that begins like JSON")
async def endless_json(visit: Visit) -> None:
    await visit.send(_HEAD + b'Connection: close\r\n\r\n{"data":[1')
    while True:
        await visit.send(b",1" * 0x8000)


@way("announces 4 GiB, and sends nothing of it")
async def declares_4_gib(visit: Visit) -> None:
    await visit.send(_HEAD + b"Content-Length: 4294967296\r\n\r\n{")
    await visit.for_ever()


@way("announces 4 GiB, and sends them")
async def sends_4_gib(visit: Visit) -> None:
    await visit.send(_HEAD + b"Content-Length: 4294967296\r\n\r\n")
    for _ in range(65_536):
        await visit.send(b" " * 65_536)


@way("asks for a pause with Retry-After: 0 for ever")
async def retry_after_zero(visit: Visit) -> None:
    await visit.reply(Answer(429, b"{}", [("Retry-After", "0")]))


@way("asks for a pause of a year")
async def retry_after_a_year(visit: Visit) -> None:
    await visit.reply(Answer(429, b"{}", [("Retry-After", "31536000")]))


@way("asks for a pause of one second at every second request")
async def retry_after_one(visit: Visit) -> None:
    if visit.asked.number % 2:
        await visit.reply(Answer(503, b"{}", [("Retry-After", "1")]))
    else:
        await visit.correctly()


@way("asks for a pause in words that are no pause")
async def retry_after_words(visit: Visit) -> None:
    words = random.choice(["-1", "1e9", "soon", "\x00", "Thu, 99 Xyz 2999 99:99:99 GMT"])
    await visit.reply(Answer(429, b"{}", [("Retry-After", words)]))


@way("is unavailable for ever")
async def unavailable(visit: Visit) -> None:
    await visit.reply(Answer(503, b"<h1>try later</h1>", [("Content-Type", "text/html")]))
