"""A request in the form in which httpcore sends it: its headers complete, its URL in parts.

The form is that of httpx: a case writes requests as for httpx, and a server sees them so. A
usual URL is taken apart here, since httpx needs as long for that as httpcore to send it.
"""

from __future__ import annotations

import ipaddress
import re
from base64 import b64encode
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import httpcore

from conformance.model.ports import DEFAULT_PORTS

if TYPE_CHECKING:
    from conformance.harness.pools import RawHeaders
    from conformance.model.exchange import Request

_SAFE = r"[\w.~!$&'()*+,;=:@/-]*"
_QUOTED = rf"{_SAFE}(?:%[0-9A-Fa-f]{{2}}{_SAFE})*"
#: A URL in which nothing has to be quoted, put in lower case or left out.
_USUAL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9][a-z0-9.-]*)(?::(?P<port>[1-9]\d{0,4}))?"
    rf"(?P<target>/{_QUOTED}(?:\?{_QUOTED})?)",
    re.ASCII,
)
_NUMBERS = re.compile(r"[\d.]+", re.ASCII)
#: httpx refuses longer URLs.
_LONGEST = 65_536

#: The default headers of httpx that the kit does not set itself.
_ACCEPT, _KEEP_ALIVE = (b"Accept", b"*/*"), (b"Connection", b"keep-alive")
# An empty length is not valid: it means that the header is left out.
_NO_LENGTH = (b"Content-Length", b"")
_SAYS_LENGTH = frozenset({b"content-length", b"transfer-encoding"})
_HAVE_LENGTH = frozenset({"POST", "PUT", "PATCH"})


class InvalidURL(Exception):
    """No request can be sent to the URL; the text says why, and reports show this name."""


class _Place(NamedTuple):
    """Where a URL leads: its parts, the value of Host, and the user and password in it."""

    url: httpcore.URL
    host: bytes
    userinfo: bytes = b""


def raw_request(request: Request, extensions: dict[str, Any]) -> httpcore.Request:
    """Return a request as it is sent.

    Args:
        request: The request.
        extensions: The extensions of httpcore, such as its bounds in time.

    Raises:
        InvalidURL: The URL cannot be requested.
    """
    place, method = _place(request.url), request.method.upper()
    return httpcore.Request(
        method,
        place.url,
        headers=_headers(request, method, place),
        content=[request.body] if request.body else [],
        extensions=extensions,
    )


def _headers(request: Request, method: str, place: _Place) -> RawHeaders:
    """Return the headers: those of the connection first, as httpx orders them."""
    given = [(name.encode("ascii"), value.encode("ascii")) for name, value in request.headers]
    names = {name.lower() for name, _ in given}
    headers = [] if b"host" in names or not place.host else [(b"Host", place.host)]
    if not request.body and method in _HAVE_LENGTH and names.isdisjoint(_SAYS_LENGTH):
        headers.append((b"Content-Length", b"0"))
    headers += [one for one in (_ACCEPT, _KEEP_ALIVE) if one[0].lower() not in names]
    headers += given
    if request.body and b"content-length" not in names:
        headers.append((b"Content-Length", str(len(request.body)).encode()))
    headers = [one for one in headers if one != _NO_LENGTH]
    return _with_password(headers, place.userinfo) if place.userinfo else headers


def _with_password(headers: RawHeaders, userinfo: bytes) -> RawHeaders:
    """Return headers with the user and password of a URL in the place of any other key."""
    key = (b"Authorization", b"Basic " + b64encode(userinfo))
    others = [number for number, one in enumerate(headers) if one[0].lower() == key[0].lower()]
    first = others[0] if others else len(headers)
    rest = [one for one in headers[first:] if one[0].lower() != key[0].lower()]
    return [*headers[:first], key, *rest]


def _place(url: str) -> _Place:
    found = _USUAL.fullmatch(url) if len(url) <= _LONGEST else None
    if found is None or "/." in found["target"] or not _is_usual_host(found["host"]):
        return _unusual(url)
    scheme, host = found["scheme"], found["host"].encode()
    port = int(found["port"]) if found["port"] else None
    port = None if port == DEFAULT_PORTS[scheme] else port
    parts = httpcore.URL(scheme=scheme, host=host, port=port, target=found["target"])
    return _Place(parts, b"%b:%d" % (host, port) if port else host)


@lru_cache(maxsize=256)  # a run asks a few hosts
def _is_usual_host(host: str) -> bool:
    """Whether a host is a name, or a valid IPv4 address."""
    if not _NUMBERS.fullmatch(host):
        return True
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def _unusual(url: str) -> _Place:
    """Let httpx take a URL apart, with all the rules for characters that must not be sent."""
    import httpx  # noqa: PLC0415 - most runs need it never

    try:
        found = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise InvalidURL(str(error)) from None
    # A URL with only one of both is a relative one.
    scheme, host = (found.raw_scheme, found.raw_host) if found.is_absolute_url else (b"", b"")
    parts = httpcore.URL(scheme=scheme, host=host, port=found.port, target=found.raw_path)
    userinfo = f"{found.username}:{found.password}" if found.username or found.password else ""
    return _Place(parts, found.netloc if host else b"", userinfo.encode())
