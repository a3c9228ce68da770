"""FeedHive's five media operations, and its posts, over HTTP."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conformance.servers.answers import STORE_FAILED, Refusal, json_object, refused, unrouted
from conformance.servers.store import FAILED

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.servers.deviation import Server
    from conformance.servers.feedhive.library import Library


def application(server: Server) -> Starlette:
    """Return the ASGI application of a library."""
    endpoints = {
        name: server.endpoint(name, functools.partial(_answered, server.subject, name, handler))
        for name, handler in _HANDLERS.items()
    }

    async def one_media(request: Request) -> Response:
        return await endpoints["delete_media" if request.method == "DELETE" else "get_media"](
            request
        )

    def route(path: str, method: str, operation: str) -> Route:
        return Route(path, endpoints[operation], methods=[method])

    # Starlette decodes the path before it matches, so `:path` also takes encoded slashes.
    return Starlette(
        routes=[
            *server.routes,
            route("/media/uploads", "POST", "create_upload"),
            route("/media/uploads/{id:path}/complete", "POST", "complete_upload"),
            route("/media", "GET", "list_media"),
            Route("/media/{id:path}", one_media, methods=["GET", "DELETE"]),
            route("/posts", "POST", "create_post"),
            route("/posts", "GET", "list_posts"),
            route("/posts/{id}", "GET", "get_post"),
            route("/posts/{id}", "PATCH", "update_post"),
            route("/posts/{id}", "DELETE", "delete_post"),
        ],
        exception_handlers={HTTPException: _unrouted},
    )


async def _answered(library: Library, operation: str, handler: Any, request: Request) -> Response:
    try:
        caller = library.caller(operation, request.headers.get("authorization", ""))
        response: Response = await handler(library, caller, request)
    except Refusal as refusal:
        return refused(refusal)
    except FAILED:
        return refused(STORE_FAILED)
    return response


async def _unrouted(request: Request, error: Exception) -> Response:
    return unrouted(request, error)


def _succeeded(data: Any, status: int = 200) -> Response:
    return JSONResponse({"success": True, "data": data}, status)


async def create_upload(library: Library, caller: str, request: Request) -> Response:
    """POST /media/uploads."""
    body = await json_object(request)
    arguments = caller, body.get("filename"), body.get("content_type")
    return _succeeded(await run_in_threadpool(library.create_upload, *arguments), 201)


async def complete_upload(library: Library, caller: str, request: Request) -> Response:
    """POST /media/uploads/:id/complete; the server does not read the body."""
    upload_id = request.path_params["id"]
    media_id = await run_in_threadpool(library.complete_upload, caller, upload_id)
    return _succeeded({"id": media_id})


async def list_media(library: Library, caller: str, request: Request) -> Response:
    """GET /media."""
    query = request.query_params
    limit = library.page_size(query.get("limit"))
    return _succeeded(await run_in_threadpool(library.page, caller, limit, query.get("cursor")))


async def get_media(library: Library, caller: str, request: Request) -> Response:
    """GET /media/:id."""
    media_id = request.path_params["id"]
    return _succeeded(await run_in_threadpool(library.media, caller, media_id))


async def delete_media(library: Library, caller: str, request: Request) -> Response:
    """DELETE /media/:id."""
    media_id = request.path_params["id"]
    return _succeeded(await run_in_threadpool(library.delete, caller, media_id))


async def create_post(library: Library, caller: str, request: Request) -> Response:
    """POST /posts."""
    body = await json_object(request)
    return _succeeded(await run_in_threadpool(library.posts.create, caller, body), 201)


async def list_posts(library: Library, caller: str, request: Request) -> Response:
    """GET /posts."""
    query = request.query_params
    arguments = caller, library.page_size(query.get("limit")), query.get("cursor")
    return _succeeded(await run_in_threadpool(library.posts.page, *arguments))


async def get_post(library: Library, caller: str, request: Request) -> Response:
    """GET /posts/:id."""
    return _succeeded(await run_in_threadpool(library.posts.get, caller, request.path_params["id"]))


async def update_post(library: Library, caller: str, request: Request) -> Response:
    """PATCH /posts/:id."""
    arguments = caller, request.path_params["id"], await json_object(request)
    return _succeeded(await run_in_threadpool(library.posts.update, *arguments))


async def delete_post(library: Library, caller: str, request: Request) -> Response:
    """DELETE /posts/:id."""
    post_id = request.path_params["id"]
    return _succeeded(await run_in_threadpool(library.posts.delete, caller, post_id))


_HANDLERS = {
    "create_upload": create_upload,
    "complete_upload": complete_upload,
    "list_media": list_media,
    "get_media": get_media,
    "delete_media": delete_media,
    "create_post": create_post,
    "list_posts": list_posts,
    "get_post": get_post,
    "update_post": update_post,
    "delete_post": delete_post,
}
