"""The variants of the storage that takes the uploads, which all profiles share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from conformance.servers.answers import STORE_FAILED
from conformance.servers.gate import Gate, RequeriedGate
from conformance.servers.registry import Registry

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from conformance.servers.deviation import Answer, Endpoint, Server

STORAGE_VARIANT = Registry("variant")


class _Cut(Response):
    """An answer of which only the beginning comes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Announce a body, and send none."""
        del scope, receive
        headers = [(b"content-length", b"9")]
        await send({"type": "http.response.start", "status": 403, "headers": headers})


_EVERY = 12
_MEBIBYTE = 1 << 20
_PAGE = "<!doctype html><title>Media</title><div id=app></div>"
_SESSION = f"IQoJb3JpZ2luX2VjEJr{'%2F' * 10}wEaCXVzLWVhc3QtMSJHMEUCIQD{'x' * 80}"
_INTERNAL_ERROR = (
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>InternalError</Code>'
    "<Message>We encountered an internal error. Please try again.</Message></Error>"
)


def _once(name: str, sentence: str, status: int) -> None:
    def apply(server: Server) -> None:
        class OnceGate(Gate):
            async def passed(self, request: Request) -> Response:
                written: set[str] = vars(self).setdefault("written", set())
                key = request.path_params["key"]
                if request.method == "PUT" and key in written:
                    return Response("<Error><Code>PreconditionFailed</Code></Error>", status)
                response = await super().passed(request)
                if request.method == "PUT" and response.status_code < 300:
                    written.add(key)
                return response

        OnceGate(server)

    STORAGE_VARIANT.add(name, sentence, apply)


_once("one-put-per-url", "The storage takes one PUT for each URL, and then answers 412.", 412)
_once("one-put-then-conflict", "The storage takes one PUT for each URL, and then answers 409.", 409)
_once(
    "one-put-then-forbidden", "The storage takes one PUT for each URL, and then answers 403.", 403
)


@STORAGE_VARIANT("The host of the upload URL answers GET, HEAD and POST with its web page.")
def upload_host_has_a_web_page(server: Server) -> None:
    class PageGate(Gate):
        async def passed(self, request: Request) -> Response:
            if request.method in {"GET", "HEAD", "POST"}:
                return Response(_PAGE, media_type="text/html")
            return await super().passed(request)

    PageGate(server)


@STORAGE_VARIANT("The upload URL is signed with the keys of a session, so it has their token.")
def upload_urls_have_a_session_token(server: Server) -> None:
    class SessionGate(RequeriedGate):
        def requeried(self, query: str) -> str:
            return f"X-Amz-Security-Token={_SESSION}&{query}"

    SessionGate(server)


@STORAGE_VARIANT("The storage ends the connection where it refuses a PUT.")
def refused_puts_get_no_answer(server: Server) -> None:
    class SilentGate(Gate):
        async def passed(self, request: Request) -> Response:
            response = await super().passed(request)
            if request.method == "PUT" and response.status_code == 403:
                return _Cut()
            return response

    SilentGate(server)


@STORAGE_VARIANT("The storage answers every twelfth PUT with S3's InternalError; a retry succeeds.")
def storage_has_internal_errors(server: Server) -> None:
    class FailingGate(Gate):
        async def passed(self, request: Request) -> Response:
            count = vars(self).get("count", 0) + (request.method == "PUT")
            vars(self)["count"] = count
            if request.method == "PUT" and count % _EVERY == 0:
                return Response(_INTERNAL_ERROR, 500, media_type="application/xml")
            return await super().passed(request)

    FailingGate(server)


@STORAGE_VARIANT(
    "A storage on a private address refuses wrong signatures, but takes a PUT without a signature."
)
def unsigned_puts_are_taken(server: Server) -> None:
    class OpenGate(Gate):
        def redirected(self, answer: Answer) -> None:
            super().redirected(answer)
            for name in self.urls(answer):  # another origin: the storage is not part of the API
                answer.data[name] = answer.data[name].replace("//127.0.0.1:", "//localhost:", 1)

        async def passed(self, request: Request) -> Response:
            if request.method != "PUT" or "X-Amz-Signature" in request.query_params:
                return await super().passed(request)
            declared = request.headers.get("content-type", "binary/octet-stream")
            arguments = request.path_params["key"], await request.body(), declared
            await run_in_threadpool(self.store.write, *arguments)
            return Response(status_code=200)

    OpenGate(server)


@STORAGE_VARIANT("A proxy before the storage takes no body of more than a mebibyte, as nginx does.")
def storage_takes_a_mebibyte(server: Server) -> None:
    class SmallGate(Gate):
        async def passed(self, request: Request) -> Response:
            if request.method == "PUT" and len(await request.body()) > _MEBIBYTE:
                return Response("<h1>413 Request Entity Too Large</h1>", 413)
            return await super().passed(request)

    SmallGate(server)


@STORAGE_VARIANT("The upload URL has a SigV4A signature, which is valid in several regions.")
def sigv4a_upload_urls(server: Server) -> None:
    class RegionlessGate(RequeriedGate):
        def requeried(self, query: str) -> str:
            query = query.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")
            query = re.sub(r"(%2F[0-9]{8})%2F[^&%]+%2Fs3%2F", r"\1%2Fs3%2F", query)
            signature = query.partition("X-Amz-Signature=")[2].partition("&")[0]
            der = f"3045022100{signature}0220{signature[::-1]}"
            return "X-Amz-Region-Set=%2A&" + query.replace(
                f"X-Amz-Signature={signature}", f"X-Amz-Signature={der}"
            )

    RegionlessGate(server)


@STORAGE_VARIANT("The upload URL is signed for Google's storage, which speaks S3 too.")
def upload_urls_are_signed_for_google(server: Server) -> None:
    class GoogleGate(RequeriedGate):
        def requeried(self, query: str) -> str:
            query = query.replace("AWS4-HMAC-SHA256", "GOOG4-HMAC-SHA256")
            query = query.replace("%2Fs3%2Faws4_request", "%2Fstorage%2Fgoog4_request")
            return query.replace("X-Amz-", "X-Goog-")

    GoogleGate(server)


@STORAGE_VARIANT("The upload URL is signed for the address where the server reaches its storage.")
def upload_urls_are_signed_for_the_gate(server: Server) -> None:
    server.subject.store = server.subject.store.at_the_gate


def _answers(status: int, sentence: str, body: str) -> None:
    def apply(server: Server) -> None:
        @server.wraps()
        async def failed(endpoint: Endpoint, request: Request) -> Response:
            response = await endpoint(request)
            if STORE_FAILED.message.encode() in bytes(response.body):
                return Response(body, status)
            return response

    STORAGE_VARIANT.add(f"storage-failures-are-{status}", sentence, apply)


_answers(500, "When the storage fails, the framework answers 500 in plain text.", "Server Error")
_answers(502, "When the storage fails, the answer is 502, without a body.", "")
_answers(503, "When the storage fails, the answer is 503, in HTML.", "<html>Try again</html>")
