"""Variants of the posts that the server accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import (
    JSONResponse,
    Response,
)

from conformance.servers.hayon.registry import VARIANT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server


def _posts(name: str, sentence: str, takes: Callable[[dict[str, Any]], bool]) -> None:
    def apply(server: Server) -> None:
        @server.wraps("create_post", "update_post")
        async def choosy(endpoint: Endpoint, request: Request) -> Response:
            if "authorization" not in request.headers or takes(await request.json()):
                return await endpoint(request)
            refusal = {"success": False, "message": "Invalid request data", "data": None}
            return JSONResponse(refusal, 400)

    VARIANT.add(name, sentence, apply)


_posts(
    "posts-need-a-platform",
    "The server refuses a post without platforms or without a status.",
    lambda body: bool(body.get("selectedPlatforms") and body.get("status")),
)
_posts(
    "posts-take-the-content-only",
    "The server refuses a post with other members than its content.",
    lambda body: set(body) == {"content"},
)
_posts(
    "posts-need-what-no-document-names",
    "A post needs a member that no document names.",
    lambda body: "workspace" in body,
)


_posts(
    "posts-hold-pictures-or-a-film",
    "A post holds pictures or a film, and not both.",
    lambda body: len(_kinds(body)) < 2,
)


def _kinds(body: dict[str, Any]) -> set[str]:
    items = body.get("content", {}).get("mediaItems", [])
    return {str(item.get("mimeType")).partition("/")[0] for item in items}


@VARIANT("A post shows its media items under names of the server's own.")
def posts_show_items_in_their_own_way(server: Server) -> None:
    @server.answers("create_post", "update_post")
    def renamed(answer: Answer) -> None:
        content = answer.data["content"]
        content["mediaItems"] = [
            {"url": item["s3Url"], "kind": item["mimeType"].partition("/")[0]}
            for item in content["mediaItems"]
        ]


@VARIANT("A post shows s3Url and s3Key of its media items, and no mimeType.")
def posts_show_no_types(server: Server) -> None:
    @server.answers("create_post", "update_post")
    def less(answer: Answer) -> None:
        for item in answer.data["content"]["mediaItems"]:
            item["mimeType"] = None
