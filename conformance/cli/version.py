"""The lines of `conformance --version`: the kit and its catalogues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.model.profile import Profile, profile_names
from conformance.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator


def version_lines() -> Iterator[str]:
    """Yield the kit's version, then that of each profile's catalogue."""
    yield f"conformance {__version__}"
    for name in profile_names():
        catalogue = Profile.load(name).catalogue
        yield f"{name} catalogue {catalogue.version} ({len(catalogue)} requirements)"
