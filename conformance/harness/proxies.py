"""Which proxy a request goes over, if any: that of `--proxy`, or that of the variables."""

from __future__ import annotations

import os
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from conformance.problem import UsageProblem
from conformance.target import PROXY_OF_ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.target import Connection

_SCHEMES = ("http", "https", "all")


@dataclass(frozen=True)
class Proxy:
    """A proxy: its URL without credentials, and the user and password for it, or None."""

    url: str
    credentials: tuple[str, str] | None = None


class Proxies:
    """Chooses the proxy of each request.

    Raises `UsageProblem` where a variable names a proxy that the kit cannot use.
    """

    def __init__(self, connection: Connection) -> None:
        self._by_scheme: dict[str, Proxy] = {}
        #: The variables are read once: pytest changes the environment while cases run.
        self._named: dict[str, str] | None = None
        if connection.proxy == PROXY_OF_ENVIRONMENT:
            self._named = urllib.request.getproxies_environment()
            for scheme in ("http", "https"):
                if url := self._named.get(scheme) or self._named.get("all"):
                    self._by_scheme[scheme] = _parsed(url)
        elif connection.proxy:
            self._by_scheme = dict.fromkeys(("http", "https"), Proxy(connection.proxy))

    def of(self, scheme: str, host: str, port: int) -> Proxy | None:
        """Return the proxy for a request; None where it goes directly."""
        bypasses = urllib.request.proxy_bypass_environment  # type: ignore[attr-defined]  # typeshed lacks it
        if self._named and bypasses(f"{host}:{port}", self._named):
            return None
        return self._by_scheme.get(scheme)

    def of_url(self, url: str) -> Proxy | None:
        """Do the same for a whole URL."""
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return self.of(parts.scheme, parts.hostname or "", port)


def ignored(proxy: str | None, variables: Mapping[str, str] = os.environ) -> list[str]:
    """Return a note if proxy variables are set and no proxy is used, otherwise nothing."""
    names = {f"{scheme}_proxy" for scheme in _SCHEMES}
    found = sorted(name for name, value in variables.items() if value and name.lower() in names)
    if proxy or not found:
        return []
    return [f"proxy variables are set and ignored ({', '.join(found)}): --proxy env uses them"]


def _parsed(url: str) -> Proxy:
    """Read the value of a variable; no message shows it, since it may hold a password."""
    whole = url if "://" in url else f"http://{url}"
    try:
        parts = urlsplit(whole)
        port = parts.port
    except ValueError:
        raise UsageProblem(
            "--proxy env: a proxy variable holds something other than a URL"
        ) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageProblem(
            f"--proxy env: a proxy variable names a proxy of the scheme {parts.scheme!r};"
            " the kit can use http and https"
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = 443 if parts.scheme == "https" else 80
    user = None
    if parts.username:
        user = unquote(parts.username), unquote(parts.password or "")
    return Proxy(f"{parts.scheme}://{host}:{port or default}", user)
