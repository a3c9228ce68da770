"""The target: the address of the server, the credentials, and the limits of requests."""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.problem import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Connection",
    "Limits",
    "Network",
    "Target",
    "checked_url",
    "parsed_header",
    "parsed_network",
    "parsed_resolve",
]

_KEY_CHARACTERS = 16
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

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Limits:
    """The limits of every request, of a case, and of the whole run.

    Args:
        connect: Seconds to connect.
        read: Seconds until the first byte of an answer, and between two reads.
        whole: Seconds for the whole request.
        response_bytes: Bytes to read of one response, and to decompress of it.
        retry_after: Seconds to wait in all for 429 and 503 responses.
        header_bytes: Bytes of the header lines of one response, with those of 1xx responses.
        json_bytes: Bytes of a body that are parsed as JSON; a longer one is not read as JSON.
        json_depth: How deep arrays and objects of a JSON body may nest.
        json_values: How many values a JSON body may have.
        url_length: Characters of the longest URL that is sent, and so of an id in it.
        timeouts: After so many requests in a row without an answer in time, no more are sent.
        retries: How often requests are sent again after 429 and 503, in the whole run.
        case: Seconds for one case.
        run: Seconds for the whole run with its clean-up, without the waits of `max_wait`.
        clean_up: Seconds for the clean-up.
        requests: Requests of the whole run.
        kept_bytes: Bytes of answers that the run may keep.
        stored_bytes: Bytes that the run may store.
        concurrency: How many cases run at the same time at most.
    """

    connect: float = 5.0
    read: float = 15.0
    whole: float = 60.0
    response_bytes: int = 16 * 1024 * 1024
    retry_after: float = 30.0
    header_bytes: int = 256 * 1024
    json_bytes: int = 4 * 1024 * 1024
    json_depth: int = 100
    json_values: int = 200_000
    url_length: int = 16 * 1024
    timeouts: int = 3
    retries: int = 1_000
    case: float = 300.0
    run: float = 600.0
    clean_up: float = 60.0
    requests: int = 100_000
    kept_bytes: int = 128 * 1024 * 1024
    stored_bytes: int = 1024 * 1024 * 1024
    concurrency: int = 16


@dataclass(frozen=True)
class Connection:
    """How the kit connects: what it trusts, over which proxy, and what a gateway asks for.

    The client certificate and the headers are for the target's own origin and its twin only.

    Args:
        ca_bundle: A PEM file of certificates to trust besides those of this machine.
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
        """The values of the headers, and the credential behind a scheme such as Basic."""
        parts = (part for _, value in self.headers for part in (value, value.partition(" ")[2]))
        return tuple(part for part in parts if _may_be_secret(part))

    def described(self) -> dict[str, object]:
        """Return what a report says of the connection, where it is not the usual one."""
        found = {"proxy": self.proxy, "insecure": self.insecure}
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True)
class Target:
    """An API under test. It holds secrets, which no record does.

    Args:
        profile: The name of the profile: `feedhive` or `hayon`.
        base_url: Where the server is, with any path prefix.
        token: The caller's Bearer token.
        other_token: The token of a second caller, to verify that callers are separated.
        short_lived_url: A second instance whose uploads expire within a few seconds.
        s3_endpoint: The S3 endpoint of the bucket, unless it is AWS.
        s3_bucket: The bucket of the uploads; its keys come from the `AWS_*` variables.
        storage_gate: The port where the server reaches its store through the kit; 0 without.
        max_wait: Seconds that a run may wait for an upload to expire.
        claimed: The optional parts of the API that the server has.
        storage_resolve: For a storage host, the `HOST` or `HOST:PORT` to connect to instead.
        storage_host: Hosts of upload URLs that the kit may contact at a private address too.
        allow_network: Networks that upload URLs may point into although they are private.
        connection: How the kit connects: TLS, proxy, headers of a gateway.
        limits: The limits of every request.

    Raises:
        UsageProblem: A value does not fit; the message names its flag.
    """

    profile: str
    base_url: str
    token: str = field(repr=False)
    other_token: str | None = field(default=None, repr=False)
    short_lived_url: str | None = None
    s3_endpoint: str | None = None
    s3_bucket: str | None = None
    storage_gate: int = 0
    max_wait: float = 0.0
    claimed: frozenset[str] = frozenset()
    storage_resolve: Mapping[str, str] = field(default_factory=dict)
    allow_network: tuple[Network, ...] = ()
    limits: Limits = field(default_factory=Limits)
    connection: Connection = field(default_factory=Connection)
    storage_host: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Check the values."""
        object.__setattr__(self, "base_url", checked_url(self.base_url, "--base-url"))
        if self.short_lived_url:
            url = checked_url(self.short_lived_url, "--short-lived-url")
            object.__setattr__(self, "short_lived_url", url)
        if self.s3_endpoint:
            checked_url(self.s3_endpoint, "--s3-endpoint")
            if not self.s3_bucket:
                raise UsageProblem("--s3-endpoint also needs --s3-bucket")
        if self.storage_gate and not self.s3_endpoint:
            raise UsageProblem("--storage-gate also needs --s3-endpoint and --s3-bucket")
        if not self.token:
            raise UsageProblem("no token: set CONFORMANCE_TOKEN, or pass --token")
        for flag, token in (("--token", self.token), ("--other-token", self.other_token)):
            if token and (not token.isprintable() or not token.isascii() or " " in token):
                raise UsageProblem(f"{flag} holds characters that a Bearer token cannot have")
        if self.other_token == self.token:
            raise UsageProblem("--other-token must belong to another caller than --token")

    @property
    def capabilities(self) -> frozenset[str]:
        """The capabilities that allow more than one caller's plain requests to be verified."""
        given = {
            "other-token": bool(self.other_token),
            "s3-access": bool(self.s3_bucket),
            "storage-gate": bool(self.storage_gate),
            "wait": bool(self.short_lived_url) or self.max_wait > 0,
        }
        return self.claimed | {name for name, present in given.items() if present}

    @property
    def secrets(self) -> tuple[str | None, ...]:
        """Every value that must never be shown."""
        return (
            self.token,
            self.other_token,
            os.environ.get("AWS_SECRET_ACCESS_KEY"),
            os.environ.get("AWS_ACCESS_KEY_ID"),
            os.environ.get("AWS_SESSION_TOKEN"),
            *self.connection.secrets,
        )

    @property
    def keys(self) -> tuple[str, ...]:
        """The secrets that an answer never needs to contain, unlike the parts of a signed URL.

        A short token is left out: it may be an ordinary word of an answer.
        """
        held = self.token, self.other_token, os.environ.get("AWS_SECRET_ACCESS_KEY")
        return tuple(key for key in held if key and len(key) >= _KEY_CHARACTERS)

    def described(self) -> dict[str, object]:
        """Return what a report may show of the target: everything except secrets."""
        return {
            "base_url": self.base_url,
            "short_lived_url": self.short_lived_url,
            "s3_endpoint": self.s3_endpoint,
            "s3_bucket": self.s3_bucket,
            "max_wait_s": self.max_wait,
            "capabilities": sorted(self.capabilities),
            **self.connection.described(),
        }


def checked_url(url: str, flag: str) -> str:
    """Return a base URL without a trailing slash.

    Args:
        url: The URL to check.
        flag: The name of its flag, for messages.

    Raises:
        UsageProblem: It is not an `http` or `https` URL that can be extended by a path.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageProblem(f"{flag} {url!r} is not a URL: {error}") from None
    if parts.scheme not in {"http", "https"}:
        hint = f"write http://{url} or https://{url}" if "://" not in url else "use http or https"
        raise UsageProblem(f"{flag} {url!r} has no http scheme: {hint}")
    if not parts.hostname or port == 0:
        raise UsageProblem(f"{flag} {url!r} names no host")
    if parts.username or parts.password:
        raise UsageProblem(f"{flag} must not hold credentials: pass them as --token")
    if any(character.isspace() or not character.isprintable() for character in url):
        raise UsageProblem(f"{flag} {url!r} holds a space or a control character")
    if "?" in url or "#" in url:
        raise UsageProblem(f"{flag} {url!r} must end with its path: no query, no fragment")
    return url.rstrip("/")


def parsed_network(text: str) -> Network:
    """Read a network of `--allow-network`.

    Args:
        text: The network in CIDR notation, or one address.

    Raises:
        UsageProblem: It is not a network.
    """
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise UsageProblem(
            f"--allow-network {text!r} is not a network: write it like 10.0.0.0/8"
        ) from None


def parsed_resolve(text: str) -> tuple[str, str]:
    """Read a `HOST=ADDR` of `--storage-resolve`; ADDR may have a port.

    Args:
        text: The pair as the user wrote it.

    Returns:
        The host in lower case, and the address.

    Raises:
        UsageProblem: A part is missing.
    """
    host, separator, address = text.partition("=")
    if not separator or not host or not address:
        raise UsageProblem(f"--storage-resolve {text!r} must have the form HOST=ADDR")
    return host.lower(), address


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
