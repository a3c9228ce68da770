"""The variants of HTTP itself, which all profiles share."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import secrets
import time
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from botocore.auth import SIGV4_TIMESTAMP, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from conformance.servers.registry import Registry
from conformance.servers.store import StoreAccess

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Endpoint, Server

WIRE_VARIANT = Registry("variant")

_SLOW_S = 0.3
_SKEW_S = 120.0
_JSON = "application/json"
_CLIENT_ERROR = 400


def _responses(server: Server, change: Callable[[Response], Any]) -> None:
    @server.wraps()
    async def changed(endpoint: Endpoint, request: Request) -> Response:
        response = await endpoint(request)
        other = change(response)
        return other if isinstance(other, Response) else response


@WIRE_VARIANT("Every answer takes 300 milliseconds.")
def slow(server: Server) -> None:
    @server.wraps()
    async def waiting(endpoint: Endpoint, request: Request) -> Response:
        await asyncio.sleep(_SLOW_S)
        return await endpoint(request)


@WIRE_VARIANT("Every twentieth request gets a 429 with Retry-After 0 or 1.")
def rate_limited(server: Server) -> None:
    count = itertools.count(1)

    @server.wraps()
    async def limited(endpoint: Endpoint, request: Request) -> Response:
        number = next(count)
        if number % 20 == 0:
            pause = "1" if number % 100 == 0 else "0"
            return PlainTextResponse("slow down", 429, {"Retry-After": pause})
        return await endpoint(request)


@WIRE_VARIANT("Every fiftieth request gets a 503 with Retry-After 0.")
def briefly_unavailable(server: Server) -> None:
    count = itertools.count(1)

    @server.wraps()
    async def unavailable(endpoint: Endpoint, request: Request) -> Response:
        if next(count) % 50 == 0:
            return PlainTextResponse("soon back", 503, {"Retry-After": "0"})
        return await endpoint(request)


@WIRE_VARIANT("The content type has a charset.")
def charset_in_the_type(server: Server) -> None:
    def charset(response: Response) -> None:
        if response.headers.get("content-type") == _JSON:
            response.headers["content-type"] = "application/json; charset=utf-8"

    _responses(server, charset)


@WIRE_VARIANT("Answers are compressed.")
def gzip_answers(server: Server) -> None:
    def compressed(response: Response) -> Response | None:
        if response.headers.get("content-type") != _JSON:
            return None
        headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return Response(gzip.compress(bytes(response.body)), response.status_code, headers, _JSON)

    _responses(server, compressed)


@WIRE_VARIANT("The server closes each connection after its answer.")
def closes_connections(server: Server) -> None:
    _responses(server, lambda response: response.headers.update({"Connection": "close"}))


@WIRE_VARIANT("Answers have additional headers.")
def more_headers(server: Server) -> None:
    def more(response: Response) -> None:
        response.headers["X-RateLimit-Remaining"] = "99"
        response.headers["ETag"] = '"0"'
        response.headers["Cache-Control"] = "no-store"
        response.set_cookie("theme", "dark")

    _responses(server, more)


@WIRE_VARIANT(
    "Each success sets a session cookie, which replaces the key in a request without a key."
)
def opens_sessions(server: Server) -> None:
    sessions: dict[str, bytes] = {}

    @server.wraps()
    async def remembering(endpoint: Endpoint, request: Request) -> Response:
        headers = request.scope["headers"]
        known = sessions.get(request.cookies.get("session", ""))
        if known and "authorization" not in request.headers:
            more = [*headers, (b"authorization", known)]
            request = Request({**request.scope, "headers": more}, request.receive)
        response = await endpoint(request)
        key = request.headers.get("authorization")
        if key and response.status_code < _CLIENT_ERROR:
            session = secrets.token_hex(8)
            sessions[session] = key.encode()
            response.set_cookie("session", session)
        return response


@WIRE_VARIANT("The server's clock is two minutes ahead.")
def clock_ahead(server: Server) -> None:
    _skewed(server, _SKEW_S)


@WIRE_VARIANT("The server's clock is two minutes behind.")
def clock_behind(server: Server) -> None:
    _skewed(server, -_SKEW_S)


def _skewed(server: Server, seconds: float) -> None:
    """Move the server's clock, for its Date header, its timestamps and its signatures.

    The twin keeps the true time, because its uploads live shorter than the clock is off.
    """
    subject = server.subject
    if subject.settings.upload_ttl < abs(seconds):
        return

    def skewed_now() -> float:
        return time.time() + seconds

    date = lambda response: response.headers.update({"Date": formatdate(skewed_now(), usegmt=True)})  # noqa: E731
    _responses(server, date)
    server.own_date = True
    vars(subject)["now"] = skewed_now
    original: StoreAccess = subject.store
    known = {field.name: getattr(original, field.name) for field in fields(original)}
    vars(subject)["store"] = SkewedStore(**known, skew_s=seconds)


@dataclass(frozen=True)
class SkewedStore(StoreAccess):
    """Access to the store from a machine whose clock is off by `skew_s` seconds."""

    skew_s: float = 0.0

    def _signed(self, operation: str, seconds: int, **parameters: Any) -> str:
        url = urlsplit(super()._signed(operation, seconds, **parameters))
        unsigned = [(name, value) for name, value in parse_qsl(url.query) if name[:6] != "X-Amz-"]
        request = AWSRequest(
            method=operation.partition("_")[0].upper(),
            url=urlunsplit(url._replace(query=urlencode(unsigned, quote_via=quote))),
            headers={"Content-Type": parameters["ContentType"]}
            if "ContentType" in parameters
            else {},
        )
        _SkewedSignature(self, seconds).add_auth(request)
        return str(request.url)


class _SkewedSignature(S3SigV4QueryAuth):
    """A signature in the query whose date comes from a clock that is off."""

    def __init__(self, access: SkewedStore, seconds: int) -> None:
        credentials = Credentials(access.access_key, access.secret_key)
        super().__init__(credentials, "s3", access.region, expires=seconds)
        self._skew = timedelta(seconds=access.skew_s)

    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        true_time = datetime.fromisoformat(request.context["timestamp"])
        request.context["timestamp"] = (true_time + self._skew).strftime(SIGV4_TIMESTAMP)
        super()._modify_request_before_signing(request)  # type: ignore[misc]  # the stubs lack this method


@WIRE_VARIANT("Refusals are problem documents (RFC 9457).")
def problem_json(server: Server) -> None:
    @server.answers(refusals=True)
    def problem(answer: Any) -> None:
        answer.body = {
            "type": "about:blank",
            "success": False,
            "message": answer.body["message"],
            "status": answer.status,
            "title": "Refused",
        }


@WIRE_VARIANT("The content type is application/vnd.api+json, and that of refusals problem+json.")
def json_by_another_name(server: Server) -> None:
    def labelled(response: Response) -> None:
        if response.headers.get("content-type", "").startswith(_JSON):
            refusal = response.status_code >= _CLIENT_ERROR
            name = "application/problem+json" if refusal else "application/vnd.api+json"
            response.headers["content-type"] = f"{name}; charset=UTF-8"

    _responses(server, labelled)
