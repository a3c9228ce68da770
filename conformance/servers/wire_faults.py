"""The faults of HTTP and of JSON that profiles share.

Each names the promise that it breaks; `WIRE_REQUIREMENTS` of a profile maps the promises to
its own requirements.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from conformance.servers.gate import RequeriedGate
from conformance.servers.raw import (
    LONE,
    UNWRITTEN,
    change_text,
    change_to_literal,
    change_to_lone_surrogates,
)
from conformance.servers.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server

WIRE_FAULT = Registry("fault")

#: The operations that give upload URLs, each with the member that holds the URL.
UPLOADS = {"create_upload": "upload_url", "create_media_upload": "uploadUrl"}

_CLIENT_ERROR = 400
_DEPTH = 100_000
_DIGITS = 5_000


def _every(
    name: str, sentence: str, number: int, operations: tuple[str, ...], answer: Response
) -> None:
    """Register a fault: every such request of each operation gets this answer."""

    def apply(server: Server) -> None:
        counts: dict[str, itertools.count[int]] = {}

        @server.wraps(*operations)
        async def failing(endpoint: Endpoint, request: Request) -> Response:
            operation = f"{request.method} {request.url.path.count('/')}"
            count = counts.setdefault(operation, itertools.count(1))
            if next(count) % number:
                return await endpoint(request)
            return answer

    WIRE_FAULT.add(name, sentence, apply, "success")


_every(
    "every-fiftieth-request-fails",
    "Every fiftieth request to each path gets a server error.",
    50,
    (),
    PlainTextResponse("Internal Server Error", 500),
)
_every(
    "every-fiftieth-create-fails",
    "Every fiftieth request for an upload gets a server error; all other operations work.",
    50,
    tuple(UPLOADS),
    PlainTextResponse("Internal Server Error", 500),
)
_every(
    "every-fortieth-create-refuses-the-key",
    "Every fortieth request for an upload refuses a valid key.",
    40,
    tuple(UPLOADS),
    JSONResponse({"success": False, "message": "Missing or invalid API key"}, 401),
)


def _claims_gzip(name: str, sentence: str, body: Callable[[bytes], bytes]) -> None:
    def apply(server: Server) -> None:
        @server.wraps(*UPLOADS)
        async def claimed(endpoint: Endpoint, request: Request) -> Response:
            response = await endpoint(request)
            if response.status_code >= _CLIENT_ERROR:
                return response
            headers = {"Content-Encoding": "gzip"}
            text, kind = body(bytes(response.body)), response.media_type
            return Response(text, response.status_code, headers, kind)

    WIRE_FAULT.add(name, sentence, apply, "success")


_claims_gzip(
    "answers-claim-gzip",
    "The answer to a request for an upload says that it is gzip, but it is plain text.",
    lambda text: text,
)
_claims_gzip(
    "answers-are-broken-gzip",
    "The answer to a request for an upload begins like gzip, but cannot be decompressed.",
    lambda text: b"\x1f\x8b\x08\x00" + text,
)


def _texts(name: str, promise: str, sentence: str, change: Callable[[str], str | bytes]) -> None:
    def apply(server: Server) -> None:
        change_text(server, tuple(UPLOADS), change)

    WIRE_FAULT.add(name, sentence, apply, promise)


_texts(
    "answers-are-cut-short",
    "success",
    "The JSON in the answer to a request for an upload lacks its last bytes.",
    lambda text: text[:-3],
)
_texts(
    "answers-are-invalid-utf-8",
    "success",
    "The answer to a request for an upload has bytes that are not UTF-8.",
    lambda text: text.encode()[:-1] + b', "note": "\xff\xfe"}',
)
_texts(
    "success-is-given-twice",
    "schema",
    "The answer to a request for an upload has success twice: false, and then true.",
    lambda text: text.replace('{"success":', '{"success":false,"success":', 1),
)
_texts(
    "data-are-given-twice",
    "schema",
    "The answer to a request for an upload has data twice: null, and then the upload.",
    lambda text: text.replace('"data":{', '"data":null,"data":{', 1),
)


def _upload_urls(name: str, promise: str, sentence: str, change: Callable[[str], str]) -> None:
    """Register a fault: the upload URL is changed; `LONE` becomes a lone surrogate."""

    def apply(server: Server) -> None:
        for operation, member in UPLOADS.items():

            def changed(answer: Answer, member: str = member) -> None:
                answer.data[member] = change(answer.data[member])

            change_to_lone_surrogates(server, operation, changed)

    WIRE_FAULT.add(name, sentence, apply, promise)


def _elsewhere(authority: str) -> Callable[[str], str]:
    def moved(url: str) -> str:
        scheme, _, rest = url.partition("://")
        return f"{scheme}://{authority}/{rest.partition('/')[2]}"

    return moved


_upload_urls(
    "upload-url-has-a-lone-surrogate",
    "upload URL",
    "The path of the upload URL has a lone surrogate.",
    lambda url: url.replace("?", f"{LONE}?", 1),
)
_upload_urls(
    "upload-url-has-a-broken-host",
    "upload URL",
    "The host of the upload URL is an unclosed IPv6 address.",
    _elsewhere("[::1"),
)
_upload_urls(
    "upload-url-has-a-lone-surrogate-as-host",
    "upload URL",
    "The host of the upload URL has a lone surrogate.",
    _elsewhere(f"media{LONE}.conformance.invalid"),
)
_upload_urls(
    "upload-url-has-a-port-of-words",
    "upload URL",
    "The port of the upload URL is a word.",
    _elsewhere("127.0.0.1:port"),
)
_upload_urls(
    "upload-url-has-too-high-a-port",
    "upload URL",
    "The port of the upload URL is 99999.",
    _elsewhere("127.0.0.1:99999"),
)
_upload_urls(
    "upload-url-has-an-empty-label",
    "upload URL",
    "The host of the upload URL has two dots in a row.",
    _elsewhere("media..conformance.invalid"),
)
_upload_urls(
    "upload-url-has-a-line-break",
    "upload URL",
    "The upload URL has a line break before its query.",
    lambda url: url.replace("?", "\r\n?", 1),
)


def _signed(name: str, promise: str, sentence: str, change: Callable[[str], str]) -> None:
    """Register a fault: the signature has another parameter, and the storage does not check it."""

    def apply(server: Server) -> None:
        class OddGate(RequeriedGate):
            def requeried(self, query: str) -> str:
                return change(query)

        OddGate(server)

    WIRE_FAULT.add(name, sentence, apply, promise)


def _parameter(query: str, name: str, value: str) -> str:
    parts = query.split("&")
    return "&".join(f"{name}={value}" if part.startswith(f"{name}=") else part for part in parts)


def _without(query: str, name: str) -> str:
    return "&".join(part for part in query.split("&") if not part.startswith(f"{name}="))


_signed(
    "signature-is-of-the-year-9999",
    "signature date",
    "X-Amz-Date of the upload URL is in the last second of the year 9999.",
    lambda query: _parameter(query, "X-Amz-Date", "99991231T235959Z"),
)
_signed(
    "signature-is-of-the-year-0",
    "signature date",
    "X-Amz-Date of the upload URL is in the year 0.",
    lambda query: _parameter(query, "X-Amz-Date", "00000101T000000Z"),
)
_signed(
    "signature-expires-after-5000-digits",
    "signature date",
    "X-Amz-Expires of the upload URL is a number of 5,000 digits.",
    lambda query: _parameter(query, "X-Amz-Expires", "9" * _DIGITS),
)


_signed(
    "signature-expires-after-no-time",
    "signature date",
    "X-Amz-Expires of the upload URL is zero.",
    lambda query: _parameter(query, "X-Amz-Expires", "0"),
)
_signed(
    "signature-expires-before-its-date",
    "signature date",
    "X-Amz-Expires of the upload URL is negative.",
    lambda query: _parameter(query, "X-Amz-Expires", "-600"),
)
_signed(
    "signature-expires-in-words",
    "signature date",
    "X-Amz-Expires of the upload URL is not a number.",
    lambda query: _parameter(query, "X-Amz-Expires", "10m"),
)
_signed(
    "signature-names-no-lifetime",
    "signature date",
    "The upload URL has no X-Amz-Expires.",
    lambda query: _without(query, "X-Amz-Expires"),
)
_signed(
    "signature-names-no-date",
    "signature date",
    "The upload URL has no X-Amz-Date.",
    lambda query: _without(query, "X-Amz-Date"),
)


def _literal(name: str, sentence: str, literal: str) -> None:
    """Register a fault: the upload URL is this JSON literal."""

    def apply(server: Server) -> None:
        for operation, member in UPLOADS.items():

            def changed(answer: Answer, member: str = member) -> Any:
                answer.data[member] = UNWRITTEN

            change_to_literal(server, operation, changed, literal)

    WIRE_FAULT.add(name, sentence, apply, "schema")


_literal(
    "upload-url-is-deeply-nested",
    "The upload URL is an array of 100,000 nested arrays.",
    "[" * _DEPTH + "]" * _DEPTH,
)
_literal("upload-url-is-infinite", "The upload URL is the number 1e400.", "1e400")
_literal("upload-url-has-5000-digits", "The upload URL is a number of 5,000 digits.", "7" * _DIGITS)


def _written(
    name: str, promise: str, sentence: str, label: str, text: Callable[[bytes], bytes]
) -> None:
    """Register a fault: the answers to requests for uploads have this label and these bytes."""

    def apply(server: Server) -> None:
        @server.wraps(*UPLOADS)
        async def changed(endpoint: Endpoint, request: Request) -> Response:
            response = await endpoint(request)
            if response.status_code >= _CLIENT_ERROR:
                return response
            other = Response(text(bytes(response.body)), response.status_code)
            if label:
                other.headers["Content-Type"] = label
            return other

    WIRE_FAULT.add(name, sentence, apply, promise)


_written(
    "json-has-no-label",
    "label",
    "The JSON of an upload has no Content-Type.",
    "",
    lambda text: text,
)
_written(
    "json-is-labelled-as-a-page",
    "label",
    "The JSON of an upload has the Content-Type text/html.",
    "text/html; charset=utf-8",
    lambda text: text,
)
_written(
    "json-begins-with-a-mark",
    "label",
    "The JSON of an upload begins with a byte order mark.",
    "application/json",
    lambda text: b"\xef\xbb\xbf" + text,
)
_written(
    "json-is-in-utf-16",
    "schema",
    "The JSON of an upload is in UTF-16.",
    "application/json",
    lambda text: text.decode().encode("utf-16"),
)
