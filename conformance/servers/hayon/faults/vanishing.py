"""Faults of time: public files that vanish or change after a while, or come late."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal
from conformance.servers.hayon.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Answer, Server

#: The seconds after its first view when a public file vanishes or changes.
VANISHES_AFTER_S = 8.0
#: The seconds after the request for its upload when a late file becomes public.
PUBLIC_AFTER_S = 20.0


def _after_a_while(name: str, sentence: str, change: Callable[[bytes], bytes]) -> None:
    def apply(server: Server) -> None:
        first_seen: dict[str, float] = {}

        @server.replaces("public_object")
        def public_object(original: Any, key: str) -> Any:
            body, content_type = original(key)
            seen = first_seen.setdefault(key, time.monotonic())
            if time.monotonic() - seen > VANISHES_AFTER_S:
                body = change(body)
            return body, content_type

    FAULT.add(name, sentence, apply, "HY-PUBLIC-04", effort="standard")


def _nothing(_: bytes) -> bytes:
    raise Refusal(404, "Not found")


_after_a_while(
    "public-files-vanish-after-a-while",
    "A public file is gone eight seconds after its first view.",
    _nothing,
)
_after_a_while(
    "public-files-change-after-a-while",
    "A public file has other bytes eight seconds after its first view.",
    lambda body: body[::-1],
)


@FAULT("A file becomes public twenty seconds after the request for its upload.", "HY-PUBLIC-05")
def public_after_twenty_seconds(server: Server) -> None:
    asked: dict[str, float] = {}

    @server.answers("create_media_upload")
    def noted(answer: Answer) -> None:
        asked[answer.data["s3Key"]] = time.monotonic()

    @server.replaces("public_object")
    def public_object(original: Any, key: str) -> Any:
        if time.monotonic() - asked.get(key, 0.0) < PUBLIC_AFTER_S:
            raise Refusal(404, "Not found")
        return original(key)
