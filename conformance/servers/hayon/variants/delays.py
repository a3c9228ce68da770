"""Variants with delays: a CDN that shows files late."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

from conformance.servers.hayon.registry import VARIANT

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server

#: The seconds after the request for an upload until the CDN shows the file.
CDN_DELAY_S = 20.0
SHORTER_DELAY_S = 8.0


def _late(server: Server, seconds: float) -> None:
    asked: dict[str, float] = {}

    @server.answers("create_media_upload")
    def noted(answer: Answer) -> None:
        asked[answer.data["s3Key"]] = time.monotonic()

    @server.wraps("get_public_object")
    async def late(endpoint: Endpoint, request: Request) -> Response:
        age = time.monotonic() - asked.get(request.path_params["key"], 0.0)
        return PlainTextResponse("Not Found", 404) if age < seconds else await endpoint(request)


@VARIANT(
    "The CDN shows a file twenty seconds after the request for its upload.",
    warns=("HY-PUBLIC-05",),
)
def cdn_of_twenty_seconds(server: Server) -> None:
    _late(server, CDN_DELAY_S)


@VARIANT("The CDN shows a file eight seconds after the request for its upload.")
def cdn_of_eight_seconds(server: Server) -> None:
    _late(server, SHORTER_DELAY_S)
