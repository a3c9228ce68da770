"""The reverse proxy: an ASGI application that forwards each request and shows it to an assessor.

Paths are forwarded as they were sent, `%2F` included. Bodies stream through in both directions;
only their beginnings are kept. The proxy sends nothing of its own accord.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpcore

from conformance.harness.decoding import as_announced, value_of
from conformance.model.exchange import Exchange, Request
from conformance.model.ports import DEFAULT_PORTS
from conformance.target import Connection
from conformance.traffic.connections import Connections
from conformance.traffic.excerpt import API_BYTES, READABLE, Excerpt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from conformance.judge.finding import Violation
    from conformance.traffic.assessor import Assessor, Observed
    from conformance.traffic.egress import Allowed
    from conformance.traffic.upload_urls import UploadUrls

    Receive = Callable[[], Awaitable[dict[str, Any]]]
    Send = Callable[[dict[str, Any]], Awaitable[None]]
    #: Called with each exchange of the proxy and what was found in it.
    Listening = Callable[[Observed, Exchange, list[Violation]], None]

RawHeaders = list[tuple[bytes, bytes]]

#: The headers of one connection only (RFC 9110 section 7.6.1); `Host` is written again.
_OF_THE_CONNECTION = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding",
     b"upgrade", b"host", b"expect"}
)  # fmt: skip
_TIMEOUTS = {"connect": 10.0, "read": 300.0, "write": 300.0, "pool": 60.0}
_FAILURES = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpcore.ProxyError,
    OSError,
)
_BAD_GATEWAY, _NOT_FOUND = 502, 404


class ClientLeftError(Exception):
    """The client closed its connection before its request was complete."""


@dataclass(frozen=True)
class Door:
    """One port of the proxy: where its requests go, and how much of a body is kept.

    Args:
        origin_of: Returns where a raw path with its query goes, such as `http://h:8000`; None
            for a request that is not forwarded.
        prefix: Put before each path.
        kept: How many bytes of a body are kept.
        leads: Leads the signed URLs of answers through another port.
        here: The URL of this port.
        to_target: Whether its requests are for the target itself, not for its storage.
    """

    origin_of: Callable[[str], str | None]
    prefix: str = ""
    kept: int = API_BYTES
    leads: UploadUrls | None = None
    here: str = ""
    to_target: bool = False


class Proxy:
    """The ASGI application behind one port."""

    def __init__(
        self,
        door: Door,
        assessor: Assessor,
        allowed: Allowed,
        listening: Listening,
        connection: Connection | None = None,
    ) -> None:
        self._door = door
        self._assessor = assessor
        self._listening = listening
        known = connection or Connection()
        self._connections = Connections(allowed, known, to_target=door.to_target)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Forward one request."""
        if scope["type"] != "http":
            return
        target = scope["raw_path"].decode("latin-1")
        if scope["query_string"]:
            target += "?" + scope["query_string"].decode("latin-1")
        origin = self._door.origin_of(target) if target.startswith("/") else None
        if origin is None:
            text = "conformance watch: no answer of the API gave out a URL with this path\n"
            await _answer(send, _NOT_FOUND, text)
            return
        passage = _Passage(self, scope, f"{origin}{self._door.prefix}{target}")
        await passage.run(receive, send)

    @property
    def door(self) -> Door:
        """Where the requests go."""
        return self._door

    @property
    def connections(self) -> Connections:
        """The connections to where the requests go."""
        return self._connections

    def begin(self, request: Request) -> Observed:
        """Announce a request to the assessor."""
        return self._assessor.began(request, time.monotonic())

    def sent(self, observed: Observed, request: Request) -> Observed:
        """Show the whole request to the assessor."""
        return self._assessor.sent(observed, request)

    def end(self, observed: Observed, exchange: Exchange) -> None:
        """Show an exchange to the assessor and to the terminal."""
        found = self._assessor.ended(observed, exchange, time.monotonic())
        opening = observed.event.told.opening if observed.event is not None else None
        leads = self._door.leads
        if opening is not None and leads is not None and not leads.leads(opening.upload_url):
            self._assessor.knowledge.sees_storage = False  # its file goes another way
        self._listening(observed, exchange, found)


class _Passage:
    """One request and its answer on their way through the proxy."""

    def __init__(self, proxy: Proxy, scope: dict[str, Any], url: str) -> None:
        self._proxy = proxy
        self._url = url
        self._method = scope["method"]
        self._headers = _forwarded(scope["headers"], leads=proxy.door.leads is not None)
        self._has_body = _announces_a_body(scope["headers"])
        self._chunked = b"transfer-encoding" in {name.lower() for name, _ in scope["headers"]}
        self._sent = Excerpt(proxy.door.kept)
        self._started = time.time()
        self._clock = time.monotonic()
        unknown = (-1, "") if self._has_body else None
        self._begun = False
        self._observed = proxy.begin(self._request(b"", unknown))

    async def run(self, receive: Receive, send: Send) -> None:
        """Forward the request, and then the answer."""
        try:
            connections, url = self._proxy.connections, self._destination()
            async with connections.stream(
                await connections.proxy_for(url),
                self._method,
                url,
                headers=self._upstream_headers(),
                content=self._body(receive) if self._has_body else None,
                extensions={"timeout": _TIMEOUTS},
            ) as answer:
                await self._pass_on(answer, send)
        except ClientLeftError:
            self._end("the client left before its request was complete")
        except _FAILURES as error:
            reason = str(error) or type(error).__name__
            self._end(reason)
            if self._begun:
                raise  # the server of the proxy then closes the connection of the client
            text = f"conformance watch: no answer from {_origin(self._url)}: {reason}\n"
            await _answer(send, _BAD_GATEWAY, text)

    async def _pass_on(self, answer: httpcore.Response, send: Send) -> None:
        """Pass the answer on; its last piece is held back until the answer is judged."""
        received = Excerpt(self._proxy.door.kept)
        leads = self._proxy.door.leads
        headers = [(n, v) for n, v in answer.headers if n.lower() not in _OF_THE_CONNECTION]
        pieces, held = answer.aiter_stream(), b""
        if leads is not None and self._method != "HEAD" and _may_be_json(headers):
            async for piece in pieces:
                held += received.add(piece)
                if len(held) > self._proxy.door.kept:
                    break
            headers, held = self._led_body(headers, held, leads)
        await self._start(answer.status, headers, send)
        async for piece in pieces:
            if held:
                await send({"type": "http.response.body", "body": held, "more_body": True})
            held = received.add(piece)
        self._ended(answer, received)
        await send({"type": "http.response.body", "body": held, "more_body": False})

    def _led_body(
        self, headers: RawHeaders, body: bytes, leads: UploadUrls
    ) -> tuple[RawHeaders, bytes]:
        """Return a JSON answer whose signed URLs lead through another port.

        A body that the server compressed unasked is passed on without its compression. An
        answer that holds no such URL stays as it is.
        """
        if len(body) > self._proxy.door.kept:
            return headers, body
        plain, defect = as_announced(value_of(headers, b"content-encoding"), body, API_BYTES)
        led = plain if defect else leads.led(plain)
        if led == plain:
            return headers, body
        changed = {b"content-length", b"content-encoding", b"etag", b"content-md5", b"digest"}
        kept = [(name, value) for name, value in headers if name.lower() not in changed]
        return [*kept, (b"content-length", str(len(led)).encode())], led

    async def _start(self, status: int, headers: RawHeaders, send: Send) -> None:
        led = [(name, self._led(name, value)) for name, value in headers]
        self._begun = True
        await send({"type": "http.response.start", "status": status, "headers": led})

    def _led(self, name: bytes, value: bytes) -> bytes:
        """Return the value of a header; a redirect within the API stays within the proxy."""
        if name.lower() != b"location":
            return value
        door, target = self._proxy.door, value.decode("latin-1")
        base = f"{_origin(self._url)}{door.prefix}"
        if door.here and target.startswith((f"{base}/", f"{base}?")):
            return f"{door.here}{target.removeprefix(base)}".encode("latin-1")
        return (door.leads.led_location(target) if door.leads else target).encode("latin-1")

    def _destination(self) -> httpcore.URL:
        parts = urlsplit(self._url)
        target = self._url.removeprefix(f"{parts.scheme}://{parts.netloc}") or "/"
        return httpcore.URL(
            scheme=parts.scheme.encode(),
            host=(parts.hostname or "").encode("idna"),
            port=parts.port or DEFAULT_PORTS.get(parts.scheme),
            target=target.encode("latin-1"),
        )

    def _upstream_headers(self) -> RawHeaders:
        host = urlsplit(self._url).netloc.encode()
        chunked = [(b"Transfer-Encoding", b"chunked")] if self._has_body and self._chunked else []
        return [(b"Host", host), *self._headers, *chunked]

    async def _body(self, receive: Receive) -> AsyncIterator[bytes]:
        """Yield the body of the request as it comes, and show all of it when it is complete."""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientLeftError
            if message.get("body"):
                yield self._sent.add(message["body"])
            if not message.get("more_body"):
                break
        whole = self._request(self._sent.kept, self._sent.excerpt_of)
        self._observed = self._proxy.sent(self._observed, whole)

    def _request(self, body: bytes, excerpt_of: tuple[int, str] | None) -> Request:
        headers = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in self._headers)
        return Request(self._method, self._url, headers, body, None, excerpt_of)

    def _ended(self, answer: httpcore.Response, received: Excerpt) -> None:
        elapsed = time.monotonic() - self._clock
        headers = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in answer.headers)
        response = received.response(answer.status, headers, elapsed)
        request = self._observed.request
        self._proxy.end(self._observed, Exchange(request, response, started=self._started))

    def _end(self, reason: str) -> None:
        exchange = Exchange(self._observed.request, None, reason, started=self._started)
        self._proxy.end(self._observed, exchange)


def _forwarded(headers: RawHeaders, *, leads: bool) -> RawHeaders:
    """Return the headers of a request that are forwarded.

    The client may accept encodings that the kit cannot read, or that hide URLs which it leads.
    """
    own = {
        name.strip().lower()
        for header, value in headers
        if header.lower() == b"connection"
        for name in value.split(b",")
    }
    kept = []
    for name, value in headers:
        if name.lower() in _OF_THE_CONNECTION | own:
            continue
        readable = _readable(value, leads=leads) if name.lower() == b"accept-encoding" else value
        kept.append((name, readable))
    return kept


def _readable(accepted: bytes, *, leads: bool) -> bytes:
    offered = [one.strip() for one in accepted.decode("latin-1").split(",")]
    names = [one for one in offered if _coding(one) in READABLE]
    return b"identity" if leads or not names else ", ".join(names).encode("latin-1")


def _coding(accepted: str) -> str:
    return accepted.partition(";")[0].strip().lower()


def _announces_a_body(headers: RawHeaders) -> bool:
    found = {name.lower(): value for name, value in headers}
    return b"transfer-encoding" in found or found.get(b"content-length", b"0").strip() != b"0"


def _may_be_json(headers: RawHeaders) -> bool:
    """Whether an answer may be JSON, also one that is not labelled so."""
    found = {name.lower(): value.lower() for name, value in headers}
    label = found.get(b"content-type", b"")
    return not label or b"json" in label or label.startswith(b"text/")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


async def _answer(send: Send, status: int, text: str) -> None:
    """Answer a request that cannot be forwarded."""
    body = text.encode()
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
