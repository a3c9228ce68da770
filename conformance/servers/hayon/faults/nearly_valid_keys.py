"""Faults of a check that takes a nearly valid Authorization, or fails on one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

from conformance.servers.access import accept_bad_keys
from conformance.servers.hayon.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Endpoint, Server

_UPLOAD = "create_media_upload"
_JWT = re.compile(r"Bearer [\w-]+\.[\w-]+\.[\w-]+")
_FREE = 4


def _takes(name: str, requirement: str, sentence: str, passes: Callable[[str, str], bool]) -> None:
    """Register a fault: some headers are taken; `passes` gets the header and the valid key."""

    def apply(server: Server) -> None:
        accept_bad_keys(server, _UPLOAD, passes)

    FAULT.add(name, sentence, apply, requirement)


_takes(
    "takes-what-follows-bearer",
    "HY-AUTH-03",
    "The server takes the key behind the word Bearer wherever the word stands.",
    lambda sent, token: sent.rpartition("Bearer ")[2] == token and "Bearer " in sent,
)
_takes(
    "takes-words-that-begin-with-bearer",
    "HY-AUTH-03",
    "The server accepts every scheme whose name begins with Bearer.",
    lambda sent, token: sent.startswith("Bearer") and sent.partition(" ")[2] == token,
)
_takes(
    "takes-a-key-without-its-prefix",
    "HY-AUTH-04",
    "The server does not compare the first characters of a key.",
    lambda sent, token: _same_length(sent, token) and sent.endswith(token[_FREE:]),
)
_takes(
    "takes-a-key-with-another-end",
    "HY-AUTH-04",
    "The server compares the length of a key, and all of it but the last characters.",
    lambda sent, token: _same_length(sent, token) and sent.startswith(f"Bearer {token[:-_FREE]}"),
)
_takes(
    "takes-every-jwt",
    "HY-AUTH-02",
    "The server decodes a JWT, and does not verify who signed it.",
    lambda sent, _: _JWT.fullmatch(sent) is not None,
)


def _same_length(sent: str, token: str) -> bool:
    return len(sent) == len(f"Bearer {token}")


@FAULT("A JWT that the server did not sign causes a server error.", "HY-AUTH-05")
def foreign_jwts_crash(server: Server) -> None:
    @server.wraps(_UPLOAD)
    async def crashing(endpoint: Endpoint, request: Request) -> Response:
        if _JWT.fullmatch(request.headers.get("authorization", "")):
            return PlainTextResponse("invalid signature", 500)
        return await endpoint(request)
