"""The target: the address of the server, the credentials, and the limits of requests."""

from __future__ import annotations

import ipaddress
import math
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.connection import PROXY_OF_ENVIRONMENT, Connection, parsed_header
from conformance.problem import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "PROXY_OF_ENVIRONMENT",
    "Connection",
    "Limits",
    "Network",
    "Target",
    "aws_secrets",
    "checked_url",
    "parsed_header",
    "parsed_network",
    "parsed_rate",
    "parsed_resolve",
]

_KEY_CHARACTERS = 16

#: A shorter secret may be a part of an ordinary word, so no report is searched for it.
SHORT_CHARACTERS = 8
# The units of `--rate`, in seconds.
_SECONDS = {"s": 1.0, "min": 60.0}
_AWS_SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN")

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
        created: Upload sessions and posts that the run may make; None for any number.
        rate: Requests in a second that the run sends at most; None for any number.
    """

    connect: float = 5.0
    read: float = 15.0
    whole: float = 60.0
    response_bytes: int = 16 * 1024 * 1024
    retry_after: float = 65.0
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
    created: int | None = None
    rate: float | None = None


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
        read_only: Whether nothing may be written: only requests that read are sent.
        more_tokens: The tokens of further callers, each another one (`conformance load`).
        shared: Whether other shards of the run may use the same tokens at the same time.

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
    read_only: bool = False
    more_tokens: tuple[str, ...] = field(default=(), repr=False)
    shared: bool = False

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
    def tokens(self) -> dict[str, str]:
        """The token of each caller by its name: `main`, perhaps `other`, then `user-3` and so on.

        Who has a number is numbered in the order of the tokens, so that a journal names the same
        callers as long as the tokens are given in the same order.
        """
        named = {"main": self.token, "other": self.other_token}
        more = {f"user-{number}": token for number, token in enumerate(self.more_tokens, start=3)}
        return {name: token for name, token in (named | more).items() if token}

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
            *self.more_tokens,
            *aws_secrets(),
            *self.connection.secrets,
        )

    @property
    def short_secrets(self) -> list[str]:
        """The names of the secrets that are too short to search a report for them."""
        named = {
            "--token": self.token,
            "--other-token": self.other_token,
            **{name: os.environ.get(name) for name in _AWS_SECRETS},
            **{f"--header {name}": value for name, value in self.connection.headers},
        }
        return [name for name, value in named.items() if value and len(value) < SHORT_CHARACTERS]

    @property
    def keys(self) -> tuple[str, ...]:
        """The secrets that an answer never needs to contain, unlike the parts of a signed URL.

        A short token is left out: it may be an ordinary word of an answer.
        """
        held = *self.tokens.values(), os.environ.get("AWS_SECRET_ACCESS_KEY")
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
            **({"short_secrets": self.short_secrets} if self.short_secrets else {}),
            **({"read_only": True} if self.read_only else {}),
            **({"shared": True} if self.shared else {}),
        }


def aws_secrets() -> tuple[str, ...]:
    """Return the credentials of the bucket in the `AWS_*` variables."""
    return tuple(filter(None, map(os.environ.get, _AWS_SECRETS)))


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


def parsed_rate(text: str) -> float:
    """Read the `N/s` or `N/min` of `--rate`; a number alone means a second.

    Args:
        text: The rate as the user wrote it.

    Returns:
        The requests in a second.

    Raises:
        UsageProblem: It is not a positive number of requests in a second or a minute.
    """
    number, _, unit = text.replace(" ", "").partition("/")
    try:
        count = float(number) / _SECONDS[unit or "s"]
    except (KeyError, ValueError):
        count = 0.0
    if not 0 < count < math.inf:
        raise UsageProblem(f"--rate {text!r} must have the form 5/s or 300/min")
    return count


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
