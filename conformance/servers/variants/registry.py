"""Where the variants register themselves, one registry a profile."""

from __future__ import annotations

from conformance.servers.bending import Bends

FEEDHIVE = Bends("variant")
HAYON = Bends("variant")
