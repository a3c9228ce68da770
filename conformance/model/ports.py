"""The ports of URLs that name none (RFC 9110 section 4.2)."""

from __future__ import annotations

#: By scheme.
DEFAULT_PORTS = {"http": 80, "https": 443}
