"""Finds the secrets that traffic carries, before anything of it is shown or written."""

from __future__ import annotations

import re
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.model.exchange import Exchange, Request

_SECRET_NAME = re.compile(
    r"token|secret|passw|api[-_]?key|auth[-_]?key|session[-_]?id|\bcredential|\bjwt", re.IGNORECASE
)
# A cursor or the state of an upload is no secret, and reports need it.
_OPEN_NAME = re.compile(r"page[-_]?token|next[-_]?token|csrf", re.IGNORECASE)
_SHORTEST = 8
_DEPTH = 6


def secrets_of_request(request: Request) -> Iterator[str]:
    """Yield the credentials of a request: of its headers, its query and its members."""
    for name, value in request.headers:
        lowered = name.lower()
        if lowered in {"authorization", "proxy-authorization"}:
            scheme, _, credential = value.strip().partition(" ")
            yield from _hidden_in(credential.strip() or scheme)
        elif lowered == "cookie":
            yield from _cookies(value)
        elif _is_secret(name):
            yield value.strip()
    query = request.url.partition("?")[2]
    if "x-amz-" not in query.lower():  # the redactor knows signed URLs by their form
        yield from (value for name, value in parse_qsl(query) if _is_secret(name) and _long(value))


def secrets_of_answer(exchange: Exchange) -> Iterator[str]:
    """Yield what an answer hands out as a credential, as that of a login does."""
    headers = exchange.response.headers if exchange.response else ()
    for name, value in headers:
        if name.lower() == "set-cookie":
            yield from _cookies(value.partition(";")[0])
    yield from _members(exchange.json)


def _hidden_in(credential: str) -> Iterator[str]:
    """Yield a credential, unless it is only the pseudonym of one."""
    if not credential.startswith("[redacted]"):
        yield credential


def _cookies(text: str) -> Iterator[str]:
    try:
        parsed = SimpleCookie(text)
    except CookieError:
        return
    for morsel in parsed.values():
        if _long(morsel.value):
            yield from {morsel.value, unquote(morsel.value)}


def _members(node: Any, depth: int = 0) -> Iterator[str]:
    if depth > _DEPTH:
        return
    if isinstance(node, dict):
        for name, value in node.items():
            if isinstance(value, str) and _is_secret(name) and _long(value):
                yield value
            else:
                yield from _members(value, depth + 1)
    elif isinstance(node, list):
        for one in node:
            yield from _members(one, depth + 1)


def _is_secret(name: str) -> bool:
    return bool(_SECRET_NAME.search(name)) and not _OPEN_NAME.search(name)


def _long(value: str) -> bool:
    """Whether a value is long enough to be a secret, and not an ordinary word."""
    return len(value) >= _SHORTEST
