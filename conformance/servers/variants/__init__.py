"""Variants: correct reference servers that differ wherever the documents leave room.

Each takes, for one freedom, another choice than the reference server does; the kit must
pass them all.
"""

from __future__ import annotations

from conformance.servers.variants import feedhive, feedhive_library, hayon, wire
from conformance.servers.variants.registry import FEEDHIVE, HAYON

VARIANTS = {"feedhive": FEEDHIVE, "hayon": HAYON}

__all__ = ["VARIANTS", "feedhive", "feedhive_library", "hayon", "wire"]
