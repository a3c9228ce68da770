"""Variants of servers that show clients more than the documents describe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.registry import VARIANT

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.servers.deviation import Endpoint, Server

_PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
_CLIENT_ERROR = 400


@VARIANT("A refusal repeats the body of its request, in a text with escapes.")
def refusals_repeat_the_request(server: Server) -> None:
    @server.wraps("create_upload", "create_post", "update_post")
    async def repeated(endpoint: Endpoint, request: Request) -> Response:
        sent = (await request.body()).decode("utf-8", "replace")[:200]
        response = await endpoint(request)
        if response.status_code < _CLIENT_ERROR or '"' not in sent or "\\u" not in sent:
            return response
        text = '{"success": false, "message": "Not accepted: %s"}'
        quoted = sent.replace('"', "'").replace("\\u0000", "")
        return Response(text % quoted, response.status_code, media_type="application/json")


@VARIANT("thumbnail_url holds the picture itself, in a data URL.")
def thumbnails_are_data_urls(server: Server) -> None:
    @server.replaces("item")
    def item(original: Any, row: Any) -> Any:
        return {**original(row), "thumbnail_url": _PIXEL}


@VARIANT("PUT on an item edits what the documents do not name, and answers the item.")
def items_can_be_edited(server: Server) -> None:
    library = server.subject

    async def edited(request: Request) -> Response:
        try:
            owner = library.caller("get_media", request.headers.get("authorization", ""))
            item = library.media(owner, request.path_params["id"])
        except Refusal as refusal:
            body = {"success": False, "message": refusal.message}
            return JSONResponse(body, refusal.status)
        return JSONResponse({"success": True, "data": item})

    server.routes.append(Route("/media/{id:path}", edited, methods=["PUT"]))
