"""The variants of servers under load and behind proxies, which all profiles share."""

from __future__ import annotations

import itertools
import math
import time
from email.utils import formatdate
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, PlainTextResponse, Response

from conformance.servers.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from conformance.servers.deviation import Endpoint, Server

TRAFFIC_VARIANT = Registry("variant")

#: The number of requests that a server answers at the same time before it sheds load.
BURST = 4
#: The seconds that the key of the second caller works after its first use.
KEY_LIFE_S = 6.0
#: After so many refused keys, a firewall refuses everything for so many seconds.
LOCKS_AFTER, LOCKED_S = 100, 60.0
BAD_KEYS, PUNISHED_S = 20, 12.0

#: What a firewall takes for an attack, anywhere and in the target of a request.
_SIGNS = (b"__proto__", b"constructor", b"<script", b"passwd", b"\\u0000")
_IN_TARGETS = (b"%00", b"..", b"%27", b"%0A", b"%0D")
#: The requirements about server errors: a server that crashes looks the same.
_ODD_INPUT = (
    *("FH-CREATE-17", "FH-CREATE-18", "FH-COMPLETE-16", "FH-LIST-05", "FH-GET-13"),
    *("FH-DELETE-14", "FH-POST-18", "HY-UPLOAD-27"),
)

_UNAUTHORIZED = 401


def _every(name: str, sentence: str, number: int, answer: Callable[[], Response]) -> None:
    """Register a variant: every such request gets this answer, and a repeated one succeeds."""

    def apply(server: Server) -> None:
        count = itertools.count(1)

        @server.wraps()
        async def refusing(endpoint: Endpoint, request: Request) -> Response:
            return answer() if next(count) % number == 0 else await endpoint(request)

    TRAFFIC_VARIANT.add(name, sentence, apply)


_every(
    "briefly-unavailable-without-a-pause",
    "Every fortieth request gets a 503 without Retry-After.",
    40,
    lambda: PlainTextResponse("upstream connect error", 503),
)
_every(
    "rate-limited-with-a-date",
    "Every sixtieth request gets a 429 whose Retry-After is a date one second ahead.",
    60,
    lambda: PlainTextResponse(
        "slow down", 429, {"Retry-After": formatdate(time.time() + 1, usegmt=True)}
    ),
)
_every(
    "rate-limited-by-another-clock",
    "Every sixtieth request gets a 429 whose Retry-After is a date of a clock an hour ahead.",
    60,
    lambda: PlainTextResponse(
        "slow down", 429, {"Retry-After": formatdate(time.time() + 3_601, usegmt=True)}
    ),
)
_every(
    "rate-limited-with-a-past-date",
    "Every sixtieth request gets a 503 whose Retry-After is a date in the past.",
    60,
    lambda: PlainTextResponse(
        "soon back", 503, {"Retry-After": formatdate(time.time() - 30, usegmt=True)}
    ),
)
_every(
    "rate-limited-with-403",
    "Every fortieth request gets a 403 with Retry-After 1.",
    40,
    lambda: JSONResponse(
        {"success": False, "message": "You have exceeded a rate limit"}, 403, {"Retry-After": "1"}
    ),
)


@TRAFFIC_VARIANT(
    "A firewall answers 403 for a minute after each hundredth 401.",
    warns=("FH-AUTH-06", "FH-AUTH-07", "FH-AUTH-08", "FH-AUTH-09", "FH-AUTH-10", "FH-COMPLETE-20"),
)
def locks_out_after_refusals(server: Server) -> None:
    refusals, locked_until = itertools.count(1), [0.0]

    @server.wraps()
    async def guarded(endpoint: Endpoint, request: Request) -> Response:
        if time.monotonic() < locked_until[0]:
            return PlainTextResponse("Forbidden", 403)
        answer = await endpoint(request)
        if answer.status_code == _UNAUTHORIZED and next(refusals) % LOCKS_AFTER == 0:
            locked_until[0] = time.monotonic() + LOCKED_S
        return answer


@TRAFFIC_VARIANT("After each twentieth 401 a gateway answers 429 for twelve seconds.")
def locks_out_after_bad_keys(server: Server) -> None:
    refusals, locked_until = itertools.count(1), [0.0]

    @server.wraps()
    async def guarded(endpoint: Endpoint, request: Request) -> Response:
        left = locked_until[0] - time.monotonic()
        if left > 0:
            headers = {"Retry-After": str(math.ceil(left))}
            return PlainTextResponse("Too many failed attempts", 429, headers)
        answer = await endpoint(request)
        if answer.status_code == _UNAUTHORIZED and next(refusals) % BAD_KEYS == 0:
            locked_until[0] = time.monotonic() + PUNISHED_S
        return answer


@TRAFFIC_VARIANT("The server answers four requests at a time; others get a 503 without a pause.")
def sheds_load_under_bursts(server: Server) -> None:
    running: set[object] = set()

    @server.wraps()
    async def shedding(endpoint: Endpoint, request: Request) -> Response:
        if len(running) >= BURST:
            return PlainTextResponse("overloaded", 503)
        ticket = object()
        running.add(ticket)
        try:
            return await endpoint(request)
        finally:
            running.discard(ticket)


@TRAFFIC_VARIANT("Every fortieth request is done, but its answer is a 503 of a proxy.")
def answers_get_lost(server: Server) -> None:
    _lose(server, 40)


def _lose(server: Server, number: int) -> None:
    """Do each such request, and answer that it failed."""
    count = itertools.count(1)

    @server.wraps()
    async def losing(endpoint: Endpoint, request: Request) -> Response:
        response = await endpoint(request)
        lost = next(count) % number == 0
        return PlainTextResponse("upstream reset", 503) if lost else response


@TRAFFIC_VARIANT("The server closes a connection after one idle second, without a notice.")
def closes_idle_connections(server: Server) -> None:
    server.keep_alive_s = 1


@TRAFFIC_VARIANT("The server closes each kept connection when the next request comes on it.")
def ends_kept_connections(server: Server) -> None:
    server.ends_kept = True


_every(
    "sheds-each-tenth-request",
    "Every tenth request gets a 503 without Retry-After.",
    10,
    lambda: PlainTextResponse("upstream connect error", 503),
)


@TRAFFIC_VARIANT("Every tenth request is done, but its answer is a 503 of a proxy.")
def loses_each_tenth_answer(server: Server) -> None:
    _lose(server, 10)


def _proxy_clock(name: str, words: str, seconds: float) -> None:
    """Register a variant: only the Date header is wrong, on the twin too."""

    def apply(server: Server) -> None:
        server.own_date = True

        @server.wraps()
        async def dated(endpoint: Endpoint, request: Request) -> Response:
            response = await endpoint(request)
            response.headers["Date"] = formatdate(time.time() + seconds, usegmt=True)
            return response

    sentence = f"The Date header is the clock of a proxy, which is {words}."
    TRAFFIC_VARIANT.add(f"proxy-clock-{name}", sentence, apply)


_proxy_clock("seconds-ahead", "twenty seconds ahead", 20.0)
_proxy_clock("seconds-behind", "twenty seconds behind", -20.0)
_proxy_clock("minutes-ahead", "seven minutes ahead", 420.0)
_proxy_clock("minutes-behind", "seven minutes behind", -420.0)
_proxy_clock("an-hour-ahead", "an hour ahead", 3_600.0)
_proxy_clock("an-hour-behind", "an hour behind", -3_600.0)


@TRAFFIC_VARIANT("Answers have no Date header.")
def undated_answers(server: Server) -> None:
    server.own_date = True


@TRAFFIC_VARIANT("The key of the second caller expires six seconds after its first use.")
def keys_expire(server: Server) -> None:
    first_used: dict[str, float] = {}
    mortal = {f"Bearer {token}" for token in list(server.subject.settings.tokens)[1:]}

    @server.wraps()
    async def expiring(endpoint: Endpoint, request: Request) -> Response:
        key, now = request.headers.get("authorization", ""), time.monotonic()
        if now - first_used.get(key, now) < KEY_LIFE_S:
            response = await endpoint(request)
            if response.status_code != _UNAUTHORIZED and key in mortal:
                first_used.setdefault(key, now)
            return response
        refusal = {"success": False, "message": "The token has expired", "data": None}
        return JSONResponse(refusal, _UNAUTHORIZED, {"WWW-Authenticate": "Bearer"})


@TRAFFIC_VARIANT(
    "A firewall closes the connection of a request that holds a sign of an attack.",
    warns=_ODD_INPUT,
)
def a_firewall_closes_connections(server: Server) -> None:
    @server.wraps()
    async def guarded(endpoint: Endpoint, request: Request) -> Response:
        target = request.scope["raw_path"] + b"?" + request.scope["query_string"]
        text = target + await request.body()
        attack = any(sign in target for sign in _IN_TARGETS) or any(sign in text for sign in _SIGNS)
        return _CutOff() if attack else await endpoint(request)


class _CutOff(Response):
    """An answer that ends before its body."""

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        """Begin the answer only."""
        headers = [(b"content-length", b"9")]
        await send({"type": "http.response.start", "status": 403, "headers": headers})
