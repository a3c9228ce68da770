"""Targets that do not speak HTTP as it is written."""

from __future__ import annotations

import random

from tests.hostile.way import Visit, way
from tests.hostile.wire import Answer

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@way("sends 100 Continue without an end")
async def flood_of_100(visit: Visit) -> None:
    while True:
        await visit.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 500)


@way("sends 103 Early Hints without an end")
async def flood_of_103(visit: Visit) -> None:
    while True:
        await visit.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n" * 500)


@way("switches protocols without being asked")
async def switches_protocols(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")
    await visit.send(random.randbytes(4_096))
    visit.open = False


@way("sends random bytes instead of HTTP")
async def garbage(visit: Visit) -> None:
    await visit.send(random.randbytes(4_096))
    visit.open = False


@way("sends the banner of an SSH server")
async def another_protocol(visit: Visit) -> None:
    await visit.send(b"SSH-2.0-OpenSSH_9.6\r\n")
    visit.open = False


@way("answers with HTTP/0.9: only a body")
async def http_0_9(visit: Visit) -> None:
    await visit.send((await visit.answer()).body)
    visit.open = False


@way("answers with the preface of HTTP/2")
async def http_2(visit: Visit) -> None:
    await visit.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9))
    visit.open = False


@way("sends a status line of 8 MiB")
async def long_status_line(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 " + b"O" * 8_388_608 + b"\r\n\r\n")
    visit.open = False


@way("sends one header of 8 MiB")
async def long_header(visit: Visit) -> None:
    await visit.send(_OK + b"X-A: " + b"a" * 8_388_608 + b"\r\nContent-Length: 2\r\n\r\n{}")


@way("sends 100,000 headers")
async def many_headers(visit: Visit) -> None:
    await visit.send(_OK + b"X-A: a\r\n" * 100_000 + b"Content-Length: 2\r\n\r\n{}")


@way("sends headers without an end")
async def endless_headers(visit: Visit) -> None:
    await visit.send(_OK)
    while True:
        await visit.send(b"X-A: aaaaaaaaaaaaaaaaaaaaaa\r\n" * 1_000)


@way("sends 90 KB of headers with each correct answer")
async def large_headers(visit: Visit) -> None:
    answer = await visit.answer()
    answer.headers += [("X-A", "a" * 9_000)] * 10
    await visit.reply(answer)


@way("sends headers with control characters and no valid encoding")
async def odd_headers(visit: Visit) -> None:
    answer = await visit.answer()
    head = answer.head(("content-length", str(len(answer.body))))[:-2]
    await visit.send(
        head + b"X-A: \xff\xfe\x80\x1b[31mred\r\nX-B: \xe2\x80\xae\r\n\r\n" + answer.body
    )


@way("sends a header with a NUL")
async def nul_in_header(visit: Visit) -> None:
    await visit.send(_OK + b"X-A: a\x00b\r\nContent-Length: 2\r\n\r\n{}")


@way("sends two different lengths")
async def two_lengths(visit: Visit) -> None:
    await visit.send(_OK + b"Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}")


@way("sends more bytes than it announces")
async def length_too_short(visit: Visit) -> None:
    answer = await visit.answer()
    await visit.send(answer.head(("content-length", str(len(answer.body) // 2))) + answer.body)


@way("sends fewer bytes than it announces, and closes")
async def length_too_long(visit: Visit) -> None:
    answer = await visit.answer()
    await visit.send(answer.head(("content-length", str(len(answer.body) + 100))) + answer.body)
    visit.open = False


@way("announces a negative length")
async def negative_length(visit: Visit) -> None:
    await visit.send(_OK + b"Content-Length: -1\r\n\r\n{}")
    visit.open = False


@way("announces a length of 5,000 digits")
async def length_of_many_digits(visit: Visit) -> None:
    await visit.send(_OK + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n{}")
    visit.open = False


@way("sends both a length and chunks")
async def length_and_chunks(visit: Visit) -> None:
    await visit.send(
        _OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    )


@way("sends chunks whose sizes are no numbers")
async def broken_chunks(visit: Visit) -> None:
    await visit.send(_OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n")
    visit.open = False


@way("sends trailers without an end")
async def endless_trailers(visit: Visit) -> None:
    await visit.send(_OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n")
    while True:
        await visit.send(b"X-A: aaaaaaaaaaaaaaaaaaaaaa\r\n" * 1_000)


@way("sends a second answer that nobody asked for behind each answer")
async def poisons_connections(visit: Visit) -> None:
    answer = await visit.answer()
    await visit.send(answer.whole() + Answer(200, b'{"data":{"id":"poison"}}').whole())


@way("closes the connection in the middle of a header")
async def closes_in_headers(visit: Visit) -> None:
    await visit.send(_OK + b"Content-Le")
    visit.open = False


@way("closes the connection in the middle of the body")
async def closes_in_body(visit: Visit) -> None:
    whole = (await visit.answer()).whole()
    await visit.send(whole[: len(whole) - 10])
    visit.open = False


@way("answers with the status 999")
async def status_999(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 999 Whatever\r\nContent-Length: 2\r\n\r\n{}")


@way("answers with the status 42")
async def status_42(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 42 Answer\r\nContent-Length: 2\r\n\r\n{}")
    visit.open = False


@way("answers with a 204 that has a body")
async def body_of_204(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n{}")


@way("redirects each request to a metadata address")
async def redirects_to_metadata(visit: Visit) -> None:
    await visit.reply(Answer(307, b"", [("Location", "http://169.254.169.254/latest/meta-data/")]))


@way("redirects each request to itself")
async def redirects_to_itself(visit: Visit) -> None:
    await visit.reply(Answer(302, b"", [("Location", visit.asked.target)]))


@way("redirects each request to a file")
async def redirects_to_a_file(visit: Visit) -> None:
    await visit.reply(Answer(302, b"", [("Location", "file:///etc/passwd")]))


@way("sets 50 cookies with each answer")
async def cookies(visit: Visit) -> None:
    answer = await visit.answer()
    answer.headers += [("Set-Cookie", f"c{number}={'v' * 100}") for number in range(50)]
    await visit.reply(answer)
