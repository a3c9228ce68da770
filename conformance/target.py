"""The target: where the server is, whose credentials to use, what may be asked of it."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.problem import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEY_CHARACTERS = 16

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Limits:
    """The bounds of every request: seconds, or bytes where the name says so."""

    connect: float = 5.0
    read: float = 15.0
    whole: float = 60.0
    response_bytes: int = 64 * 1024 * 1024
    retry_after: float = 30.0


@dataclass(frozen=True)
class Target:
    """An API under test. Secrets live here and in no record."""

    profile: str
    base_url: str
    token: str
    other_token: str | None = None
    short_lived_url: str | None = None
    s3_endpoint: str | None = None
    s3_bucket: str | None = None
    max_wait: float = 0.0
    claimed: frozenset[str] = frozenset()
    storage_resolve: Mapping[str, str] = field(default_factory=dict)
    allow_network: tuple[Network, ...] = ()
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Refuse what cannot be a target (`UsageProblem`)."""
        object.__setattr__(self, "base_url", checked_url(self.base_url, "--base-url"))
        if self.short_lived_url:
            url = checked_url(self.short_lived_url, "--short-lived-url")
            object.__setattr__(self, "short_lived_url", url)
        if self.s3_endpoint:
            checked_url(self.s3_endpoint, "--s3-endpoint")
            if not self.s3_bucket:
                raise UsageProblem("--s3-endpoint needs --s3-bucket beside it")
        if not self.token:
            raise UsageProblem("no token: set CONFORMANCE_TOKEN, or pass --token")
        for flag, token in (("--token", self.token), ("--other-token", self.other_token)):
            if token and (not token.isprintable() or not token.isascii() or " " in token):
                raise UsageProblem(f"{flag} holds characters that no Bearer token can have")
        if self.other_token == self.token:
            raise UsageProblem("--other-token must belong to another caller than --token")

    @property
    def capabilities(self) -> frozenset[str]:
        """What can be verified here beyond one caller's plain requests."""
        given = {
            "other-token": bool(self.other_token),
            "s3-access": bool(self.s3_bucket),
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
        )

    @property
    def keys(self) -> tuple[str, ...]:
        """The secrets that no answer has a reason to tell; a signed URL names the others.

        A token of a few characters may well be a word that an answer has for its caller.
        """
        held = self.token, self.other_token, os.environ.get("AWS_SECRET_ACCESS_KEY")
        return tuple(key for key in held if key and len(key) >= _KEY_CHARACTERS)

    def described(self) -> dict[str, object]:
        """Say what a report may show of the target."""
        return {
            "base_url": self.base_url,
            "short_lived_url": self.short_lived_url,
            "s3_endpoint": self.s3_endpoint,
            "s3_bucket": self.s3_bucket,
            "max_wait_s": self.max_wait,
            "capabilities": sorted(self.capabilities),
        }


def checked_url(url: str, flag: str) -> str:
    """Return the URL without a trailing slash, or raise `UsageProblem` naming its flag."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageProblem(f"{flag} {url!r} is no URL: {error}") from None
    if parts.scheme not in {"http", "https"}:
        hint = f"write http://{url} or https://{url}" if "://" not in url else "use http or https"
        raise UsageProblem(f"{flag} {url!r} has no http scheme: {hint}")
    if not parts.hostname or port == 0:
        raise UsageProblem(f"{flag} {url!r} names no host")
    if parts.username or parts.password:
        raise UsageProblem(f"{flag} must hold no credentials: pass them as --token")
    if any(character.isspace() or not character.isprintable() for character in url):
        raise UsageProblem(f"{flag} {url!r} holds a blank or a control character")
    if "?" in url or "#" in url:
        raise UsageProblem(f"{flag} {url!r} must end with its path: no query, no fragment")
    return url.rstrip("/")


def parsed_network(text: str) -> Network:
    """Read a CIDR of `--allow-network`."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise UsageProblem(
            f"--allow-network {text!r} is no network: write it like 10.0.0.0/8"
        ) from None


def parsed_resolve(text: str) -> tuple[str, str]:
    """Read a `HOST=ADDR` of `--storage-resolve`; ADDR may carry a port."""
    host, separator, address = text.partition("=")
    if not separator or not host or not address:
        raise UsageProblem(f"--storage-resolve {text!r} must read HOST=ADDR")
    return host.lower(), address
