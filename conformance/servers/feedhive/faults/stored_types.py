"""Faults of complete: stored types that are almost the declared type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Server


def _completes(name: str, sentence: str, accepts: Callable[[str, str], bool]) -> None:
    """Register a fault: complete accepts a stored type beside the declared type."""

    def apply(server: Server) -> None:
        store = server.subject.store

        @server.replaces("check_object")
        def check_object(original: Any, row: Any) -> None:
            stored = store.head(row.key)
            if stored is None or stored[0] == 0 or not accepts(stored[1], row.content_type):
                original(row)

    FAULT.add(name, sentence, apply, "FH-COMPLETE-12")


_completes(
    "types-that-begin-alike-complete",
    "Complete accepts a stored type that begins with the declared type, such as image/pngx.",
    lambda stored, declared: stored.startswith(declared),
)
_completes(
    "types-that-end-alike-complete",
    "Complete accepts a stored type that ends with the declared type, such as x-image/png.",
    lambda stored, declared: stored.endswith(declared),
)
_completes(
    "types-inside-the-declared-type-complete",
    "Complete accepts a stored type that is a part of the declared type, such as image/p.",
    lambda stored, declared: stored in declared,
)
