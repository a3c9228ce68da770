"""Faults: reference servers that break one promise each, so that the kit can show it catches.

Each is one small function in a module of its profile, registered with the requirement
that it breaks and one sentence. They know the servers only; no case knows of them.
"""

from __future__ import annotations

from conformance.servers.faults import (
    feedhive_access,
    feedhive_callers,
    feedhive_completion,
    feedhive_creation,
    feedhive_deletion,
    feedhive_fetching,
    feedhive_filenames,
    feedhive_lifecycle,
    feedhive_listing,
    feedhive_paging,
    feedhive_sessions,
    feedhive_storage,
    hayon_access,
    hayon_callers,
    hayon_keys,
    hayon_types,
    hayon_upload,
)
from conformance.servers.faults.registry import FEEDHIVE, HAYON, UNBREAKABLE

FAULTS = {"feedhive": FEEDHIVE, "hayon": HAYON}

__all__ = [
    "FAULTS",
    "UNBREAKABLE",
    "feedhive_access",
    "feedhive_callers",
    "feedhive_completion",
    "feedhive_creation",
    "feedhive_deletion",
    "feedhive_fetching",
    "feedhive_filenames",
    "feedhive_lifecycle",
    "feedhive_listing",
    "feedhive_paging",
    "feedhive_sessions",
    "feedhive_storage",
    "hayon_access",
    "hayon_callers",
    "hayon_keys",
    "hayon_types",
    "hayon_upload",
]
