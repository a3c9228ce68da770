"""Hayon's media upload, posts and public objects over HTTP."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conformance.servers.answers import STORE_FAILED, Refusal, json_object, refused, unrouted
from conformance.servers.hayon.publisher import PUBLIC_PREFIX
from conformance.servers.store import FAILED

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.servers.deviation import Server
    from conformance.servers.hayon.publisher import Publisher


def application(server: Server) -> Starlette:
    """Return the ASGI application of a publisher."""

    def route(path: str, method: str, operation: str) -> Route:
        original = functools.partial(_answered, server.subject, operation, _HANDLERS[operation])
        return Route(path, server.endpoint(operation, original), methods=[method])

    return Starlette(
        routes=[
            *server.routes,
            route("/api/posts/media/upload", "POST", "create_media_upload"),
            route("/api/posts", "POST", "create_post"),
            route("/api/posts/{post_id}", "PUT", "update_post"),
            route(f"/{PUBLIC_PREFIX}/{{key:path}}", "GET", "get_public_object"),
        ],
        exception_handlers={HTTPException: _unrouted},
    )


async def _answered(
    publisher: Publisher, operation: str, handler: Any, request: Request
) -> Response:
    try:
        caller = publisher.caller(operation, request.headers.get("authorization", ""))
        response: Response = await handler(publisher, caller, request)
    except Refusal as refusal:
        return refused(refusal, data=None)
    except FAILED:
        return refused(STORE_FAILED, data=None)
    return response


async def _unrouted(request: Request, error: Exception) -> Response:
    return unrouted(request, error, data=None)


def _succeeded(message: str, data: Any, status: int = 200) -> Response:
    return JSONResponse({"success": True, "message": message, "data": data}, status)


async def create_media_upload(publisher: Publisher, caller: str, request: Request) -> Response:
    """POST /api/posts/media/upload."""
    body = await json_object(request)
    arguments = caller, body.get("contentType"), str(request.base_url)
    data = await run_in_threadpool(publisher.upload_url, *arguments)
    return _succeeded("Upload URL generated", data)


async def create_post(publisher: Publisher, caller: str, request: Request) -> Response:
    """POST /api/posts."""
    body = await json_object(request)
    data = await run_in_threadpool(publisher.create_post, caller, body.get("content"))
    return _succeeded("Post created", data, 201)


async def update_post(publisher: Publisher, caller: str, request: Request) -> Response:
    """PUT /api/posts/{postId}."""
    body = await json_object(request)
    arguments = caller, request.path_params["post_id"], body.get("content")
    return _succeeded("Post updated", await run_in_threadpool(publisher.update_post, *arguments))


async def get_public_object(publisher: Publisher, caller: str, request: Request) -> Response:
    """GET on an s3Url: the object, for every client, as a CDN serves it."""
    del caller  # a public object needs no caller
    key = request.path_params["key"]
    body, content_type = await run_in_threadpool(publisher.public_object, key)
    return Response(body, media_type=content_type)


_HANDLERS = {
    "create_media_upload": create_media_upload,
    "create_post": create_post,
    "update_post": update_post,
    "get_public_object": get_public_object,
}
