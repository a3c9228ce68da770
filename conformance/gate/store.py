"""How the gate connects to the store: where the user said it really is, and what TLS trusts.

The process that opens the gate passes the settings on by their usual variables.
"""

from __future__ import annotations

import os
import ssl
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def address(endpoint: str) -> tuple[str, int]:
    """Return the host and the port to connect to for an endpoint."""
    parts = urlsplit(endpoint)
    name = (parts.hostname or "").lower()
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 80)
    pairs = os.environ.get("CONFORMANCE_STORAGE_RESOLVE", "").split()
    known = {host.lower(): place for host, _, place in (pair.partition("=") for pair in pairs)}
    if name not in known:
        return name, port
    found = urlsplit(f"//{known[name]}" if known[name].count(":") <= 1 else f"//[{known[name]}]")
    return found.hostname or name, found.port or port


def trust(endpoint: str) -> ssl.SSLContext | None:
    """Return what TLS trusts for an endpoint; None for one without TLS."""
    if urlsplit(endpoint).scheme != "https":
        return None
    context = ssl.create_default_context()
    if bundle := os.environ.get("CONFORMANCE_CA_BUNDLE"):
        context.load_verify_locations(bundle)
    if os.environ.get("CONFORMANCE_INSECURE") == "1":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
