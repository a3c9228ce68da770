"""What a reader must know about how the kit was connected: no checked certificates, or a proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Each report shows it where its readers look first.
INSECURE = (
    "INSECURE: no TLS certificate was checked (--insecure), so another server may have answered"
    " and seen the token"
)
_SHORT = "secrets that are too short to search the reports for (under 8 characters)"


def warnings(target: Mapping[str, Any]) -> list[str]:
    """Return the loud lines of a report, from its description of the target."""
    short = ", ".join(target.get("short_secrets", ()))
    found = [INSECURE] if target.get("insecure") else []
    return [*found, *([f"{_SHORT}: {short}"] if short else [])]


def proxy_note(target: Mapping[str, Any]) -> str:
    """Return which proxy was used and what that means; empty without a proxy."""
    proxy = target.get("proxy")
    if not proxy:
        return ""
    named = "as the proxy variables say" if proxy == "env" else str(proxy)
    return (
        f"{named}; it resolves names itself, so the kit checks only addresses in URLs and of"
        " names that this machine knows"
    )
