"""The OpenAPI document of a profile: whole, and without what its page does not state.

`openapi.yaml` holds what the page and the further reference state. `overlay.yaml`, an OpenAPI
Overlay, removes what only the further reference states.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import yaml

from conformance.model.overlay import overlaid
from conformance.model.profile import Profile, specs_folder

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Specification:
    """The OpenAPI document of an API, and the overlay that reduces it to the page."""

    document: dict[str, Any]
    overlay: dict[str, Any]

    @classmethod
    @cache
    def load(cls, name: str) -> Specification:
        """Read the document and the overlay of a profile; `UsageProblem` for an unknown name."""
        folder = specs_folder() / Profile.load(name).name
        return cls(_read(folder / "openapi.yaml"), _read(folder / "overlay.yaml"))

    @cached_property
    def page(self) -> dict[str, Any]:
        """The document with the overlay applied: what the page itself states."""
        return overlaid(self.document, self.overlay)


def _read(path: Path) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), loader)  # noqa: S506 - both are safe loaders
    return document
