"""Faults of an upload request that trusts other headers than Authorization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.servers.access import trust_headers
from conformance.servers.hayon.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import Headers

    from conformance.servers.deviation import Server


def _trusts(name: str, sentence: str, trusts: Callable[[Headers], bool]) -> None:
    def apply(server: Server) -> None:
        trust_headers(server, "create_media_upload", trusts)

    FAULT.add(name, sentence, apply, "HY-AUTH-01")


_trusts(
    "forwarded-addresses-need-no-key",
    "A request from X-Forwarded-For 127.0.0.1 needs no key.",
    lambda headers: headers.get("x-forwarded-for", "").startswith("127."),
)
_trusts(
    "any-cookie-is-a-key",
    "A request with any cookie needs no key.",
    lambda headers: "cookie" in headers,
)
_trusts(
    "named-users-need-no-key",
    "A request with X-User-Id needs no key, as behind a gateway that sets it.",
    lambda headers: "x-user-id" in headers,
)
_trusts(
    "inner-requests-need-no-key",
    "A request with X-Middleware-Subrequest needs no key, as on an old Next.js.",
    lambda headers: "middleware:middleware" in headers.get("x-middleware-subrequest", ""),
)
