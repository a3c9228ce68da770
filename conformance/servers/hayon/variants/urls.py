"""Variants of the upload URL and of the public URL."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.responses import (
    PlainTextResponse,
    Response,
)

from conformance.servers.gate import EmptyChecksumGate, Gate
from conformance.servers.hayon.registry import VARIANT

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server

_UPLOAD = "create_media_upload"


@VARIANT("The signature of the upload URL does not cover the content type.")
def unsigned_type(server: Server) -> None:
    publisher = server.subject

    @server.answers(_UPLOAD)
    def resigned(answer: Answer) -> None:
        seconds = max(int(publisher.settings.upload_ttl), 1)
        key = answer.data["s3Key"]
        answer.data["uploadUrl"] = publisher.store.signed_put(key, None, seconds)


@VARIANT(
    "The upload URL holds the checksum of an empty body, and the storage ignores it.",
    warns=("HY-PUT-06",),
)
def checksums_that_nobody_minds(server: Server) -> None:
    EmptyChecksumGate(server)


@VARIANT("The public host cannot be reached.")
def unreachable_public_host(server: Server) -> None:
    @server.answers(_UPLOAD)
    def elsewhere(answer: Answer) -> None:
        answer.data["s3Url"] = f"https://media.conformance.invalid/{answer.data['s3Key']}"


@VARIANT("The public URL is the upload URL without its query.")
def public_where_it_was_put(server: Server) -> None:
    class PublicGate(Gate):
        async def passed(self, request: Request) -> Response:
            key = request.path_params["key"]
            if request.method != "GET":
                return await super().passed(request)
            stored = await run_in_threadpool(self.store.head, key)
            if stored is None:
                return PlainTextResponse("Not Found", 404)
            body = await run_in_threadpool(self.store.read, key)
            return Response(body, media_type=stored[1])

    PublicGate(server)

    @server.answers(_UPLOAD)
    def beside(answer: Answer) -> None:
        answer.data["s3Url"] = answer.data["uploadUrl"].partition("?")[0]


@VARIANT("The public URL has a token that never expires; without the token it gets a 404.")
def public_objects_with_tokens(server: Server) -> None:
    @server.answers(_UPLOAD)
    def named(answer: Answer) -> None:
        answer.data["s3Url"] += f"?alt=media&token={uuid4()}"

    @server.wraps("get_public_object")
    async def guarded(endpoint: Endpoint, request: Request) -> Response:
        if "token" in request.query_params:
            return await endpoint(request)
        return PlainTextResponse("Not Found", 404)


@VARIANT("The public URL has a version in its query; it also works without.")
def versioned_public_objects(server: Server) -> None:
    @server.answers(_UPLOAD)
    def versioned(answer: Answer) -> None:
        answer.data["s3Url"] += f"?v={uuid4()}"
