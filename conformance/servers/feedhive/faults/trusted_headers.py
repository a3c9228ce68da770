"""Faults of operations that trust other headers than Authorization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.servers.access import trust_headers
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import Headers

    from conformance.servers.deviation import Server


def _trusts(
    name: str, requirement: str, operation: str, sentence: str, trusts: Callable[[Headers], bool]
) -> None:
    def apply(server: Server) -> None:
        trust_headers(server, operation, trusts)

    FAULT.add(name, sentence, apply, requirement)


_trusts(
    "get-trusts-a-forwarded-address",
    "FH-AUTH-04",
    "get_media",
    "Get needs no key from X-Forwarded-For 127.0.0.1.",
    lambda headers: headers.get("x-forwarded-for", "").startswith("127."),
)
_trusts(
    "get-takes-any-x-api-key",
    "FH-AUTH-04",
    "get_media",
    "Get accepts any X-Api-Key.",
    lambda headers: "x-api-key" in headers,
)
_trusts(
    "list-takes-any-session-cookie",
    "FH-AUTH-03",
    "list_media",
    "List accepts any cookie.",
    lambda headers: "cookie" in headers,
)
