"""How the kit connects to a target: TLS, proxy, and the headers that a gateway asks for."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from conformance.problem import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PROXY_OF_ENVIRONMENT", "Connection", "parsed_header"]

# A shorter value of a header may be an ordinary word or number, such as `true`.
_LEAST_WORD, _LEAST_SECRET = 8, 4
#: The proxy that the variables HTTP_PROXY, HTTPS_PROXY and NO_PROXY name.
PROXY_OF_ENVIRONMENT = "env"
#: Headers that the cases, the kit or the connection itself send: a gateway's header is another.
_OWN_HEADERS = frozenset(
    {"accept", "accept-encoding", "authorization", "connection", "content-encoding",
     "content-length", "content-type", "expect", "host", "keep-alive",
     "proxy-authorization", "range", "te", "trailer", "transfer-encoding", "upgrade",
     "user-agent", "x-request-id"}
)  # fmt: skip
# RFC 9110 section 5.6.2.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)


@dataclass(frozen=True)
class Connection:
    """How the kit connects: what it trusts, over which proxy, and what a gateway asks for.

    The client certificate and the headers are for the target's own origin and its twin only.

    Args:
        ca_bundle: A PEM file of certificates to trust in addition to those of this machine.
        client_cert: A PEM file that holds a client certificate and its key.
        proxy: The URL of an HTTP proxy, or `env` for the usual variables; None connects directly.
        headers: Headers that a gateway before the target asks for; their values are secrets.
        insecure: Whether certificates are not checked at all.

    Raises:
        UsageProblem: A value does not fit; the message names its flag.
    """

    ca_bundle: str | None = None
    client_cert: str | None = None
    proxy: str | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    insecure: bool = False

    def __post_init__(self) -> None:
        """Check the values."""
        if self.proxy and self.proxy != PROXY_OF_ENVIRONMENT:
            _check_proxy(self.proxy)
        for name, value in self.headers:
            _check_header(name, value)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values of the headers, what follows a scheme in them, and a proxy's password."""
        parts = [part for _, value in self.headers for part in (value, value.partition(" ")[2])]
        if self.proxy == PROXY_OF_ENVIRONMENT:
            parts += _passwords_of_environment()
        return tuple(part for part in parts if _may_be_secret(part))

    def described(self) -> dict[str, object]:
        """Return what a report says of the connection, where it is not the usual one."""
        found = {"proxy": self.proxy, "insecure": self.insecure}
        return {name: value for name, value in found.items() if value}


def parsed_header(text: str) -> tuple[str, str]:
    """Return name and value of a `--header`; no message shows the value.

    Raises:
        UsageProblem: It has not the form `Name: value`.
    """
    name, separator, value = text.partition(":")
    if not separator:
        raise UsageProblem("--header must have the form 'Name: value'")
    return name.strip(), value.strip()


def _check_header(name: str, value: str) -> None:
    """Raise `UsageProblem` for a header that the kit cannot add to each request."""
    if not _HEADER_NAME.fullmatch(name):
        raise UsageProblem("--header must have the form 'Name: value', and its name no space")
    if name.lower() in _OWN_HEADERS:
        raise UsageProblem(
            f"--header must not set {name}: the cases send it themselves, or the connection does"
        )
    if not value or not value.isascii() or not value.isprintable():
        raise UsageProblem(f"--header {name} must have a value of printable ASCII characters")


def _may_be_secret(text: str) -> bool:
    """Whether a text is not a word or a number that any answer may hold."""
    return len(text) >= (_LEAST_WORD if text.isalpha() or text.isdigit() else _LEAST_SECRET)


def _check_proxy(url: str) -> None:
    """Raise `UsageProblem` for a proxy that the kit cannot use; no message shows its password."""
    try:
        parts = urlsplit(url)
        usable = parts.hostname and parts.port != 0
    except ValueError:
        raise UsageProblem(
            "--proxy is not a URL: write it like http://proxy.example:3128"
        ) from None
    if parts.username or parts.password:
        raise UsageProblem(
            "--proxy must not hold credentials: set HTTPS_PROXY and HTTP_PROXY with them,"
            " and pass --proxy env"
        )
    if parts.scheme not in {"http", "https"} or not usable:
        raise UsageProblem(
            f"--proxy {url!r} is not the URL of an HTTP proxy: write it like"
            " http://proxy.example:3128, or env for the usual variables"
        )


def _passwords_of_environment() -> Iterator[str]:
    """Yield the passwords in the proxy variables."""
    for name, value in os.environ.items():
        if name.lower() in {"http_proxy", "https_proxy", "all_proxy"} and "@" in value:
            user = value.rpartition("@")[0].rpartition("/")[2]
            password = user.partition(":")[2]
            yield from {password, unquote(password)}
