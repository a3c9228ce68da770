"""The reference servers, one row per profile, with their faults and variants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import conformance.servers.feedhive.faults
import conformance.servers.feedhive.variants
import conformance.servers.hayon.faults
import conformance.servers.hayon.variants
from conformance.servers.engine_variants import ENGINE_VARIANT
from conformance.servers.feedhive import app as feedhive_app
from conformance.servers.feedhive import registry as feedhive_registry
from conformance.servers.feedhive.library import open_library
from conformance.servers.feedhive.preload import preload
from conformance.servers.front_variants import FRONT_VARIANT
from conformance.servers.hayon import app as hayon_app
from conformance.servers.hayon import registry as hayon_registry
from conformance.servers.hayon.publisher import open_publisher
from conformance.servers.put_faults import PUT_FAULT
from conformance.servers.storage_variants import STORAGE_VARIANT
from conformance.servers.traffic_variants import TRAFFIC_VARIANT
from conformance.servers.url_faults import URL_FAULT
from conformance.servers.wire_faults import WIRE_FAULT
from conformance.servers.wire_variants import WIRE_VARIANT

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import ModuleType

    from starlette.applications import Starlette

    from conformance.servers.answers import Settings
    from conformance.servers.deviation import Server
    from conformance.servers.registry import Registry


@dataclass(frozen=True)
class Reference:
    """The reference server of one profile.

    `subject` opens the object that holds the rules; `upload_ttl` is the life of uploads in
    seconds; `registry` is the module where the modules of `faults` and `variants` register.
    `preload` adds items to the library of the first caller, where the API has a library.
    """

    subject: Callable[[Settings, Path], AbstractContextManager[Any]]
    application: Callable[[Server], Starlette]
    upload_ttl: float
    registry: ModuleType
    faults: ModuleType
    variants: ModuleType
    preload: Callable[[Server, int], None] | None = None

    def load(self) -> None:
        """Register all faults and variants: those of the profile, then the shared ones."""
        # The usual fault of a row comes first: `explain` shows it.
        self.registry.FAULT.include(PUT_FAULT, self.registry.PUT_REQUIREMENTS)
        self.registry.FAULT.discover(self.faults)
        self.registry.FAULT.include(URL_FAULT, self.registry.PUT_REQUIREMENTS)
        self.registry.FAULT.include(WIRE_FAULT, self.registry.WIRE_REQUIREMENTS)
        self.registry.VARIANT.discover(self.variants)
        for shared in (
            WIRE_VARIANT,
            TRAFFIC_VARIANT,
            STORAGE_VARIANT,
            ENGINE_VARIANT,
            FRONT_VARIANT,
        ):
            self.registry.VARIANT.include(shared)


REFERENCES = {
    "feedhive": Reference(
        open_library,
        feedhive_app.application,
        600.0,  # the ten minutes of FeedHive's page
        feedhive_registry,
        conformance.servers.feedhive.faults,
        conformance.servers.feedhive.variants,
        preload,
    ),
    "hayon": Reference(
        open_publisher,
        hayon_app.application,
        900.0,  # the fifteen minutes of the real Hayon
        hayon_registry,
        conformance.servers.hayon.faults,
        conformance.servers.hayon.variants,
    ),
}
for _reference in REFERENCES.values():
    _reference.load()

#: The faults and the variants of each profile, and the requirements that no fault can break.
FAULTS: dict[str, Registry] = {name: one.registry.FAULT for name, one in REFERENCES.items()}
VARIANTS: dict[str, Registry] = {name: one.registry.VARIANT for name, one in REFERENCES.items()}
UNBREAKABLE: dict[str, str] = {
    requirement: reason
    for one in REFERENCES.values()
    for requirement, reason in one.registry.UNBREAKABLE.items()
}
