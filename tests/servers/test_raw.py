"""A change of the JSON text gives answers that the JSON encoder cannot write."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from conformance.servers.deviation import Server
from conformance.servers.raw import (
    LONE,
    UNWRITTEN,
    change_text,
    change_to_literal,
    change_to_lone_surrogates,
)

if TYPE_CHECKING:
    from conformance.servers.deviation import Answer


def answered(server: Server, status: int = 200) -> bytes:
    """Return the body of an operation whose endpoint answers `{"data": {"id": "a"}}`."""

    async def original(_: Request) -> Response:
        return JSONResponse({"data": {"id": "a"}}, status)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    request = Request({"type": "http", "headers": []}, receive)

    async def run() -> Response:
        return await server.endpoint("get", original)(request)

    return bytes(asyncio.run(run()).body)


def test_a_lone_surrogate_is_written_as_an_escape() -> None:
    server = Server(None)

    def changed(answer: Answer) -> None:
        answer.data["id"] += LONE

    change_to_lone_surrogates(server, "get", changed)

    body = answered(server)
    assert body.isascii()
    assert b"\\ud800" in body
    assert json.loads(body)["data"]["id"] == "a\ud800"


def test_a_literal_replaces_a_value_and_its_quotes() -> None:
    server = Server(None)

    def changed(answer: Answer) -> None:
        answer.data["id"] = UNWRITTEN

    change_to_literal(server, "get", changed, "1e400")

    assert json.loads(answered(server))["data"]["id"] == float("inf")


def test_the_text_of_a_refusal_stays() -> None:
    server = Server(None)

    change_text(server, ("get",), lambda _: "changed")

    assert answered(server) == b"changed"
    assert b"changed" not in answered(server, 400)
