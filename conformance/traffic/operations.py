"""The operations of a profile in somebody else's traffic, and the rows that a success shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.judge.contract import contracts_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from conformance.knowledge.event import Event
    from conformance.knowledge.facts import Act
    from conformance.model.exchange import Request
    from conformance.model.profile import Profile

_PARAMETER = re.compile(r"\\\{[^/]*?\\\}")


class Operations:
    """Finds the operations of optional parts, which the profile's own reader does not know."""

    def __init__(self, profile: Profile, base_url: str, claimed: Collection[str]) -> None:
        self._base = base_url.rstrip("/")
        self._shown: Mapping[Act | str, str] = profile.module("reading").SHOWN
        self._claimed = [
            (operation.method, _pattern(operation.path), operation.id)
            for contract in contracts_of(profile.name)
            for operation in contract.operations.values()
            if _needs(profile, operation.id) and _needs(profile, operation.id) <= set(claimed)
        ]

    def claimed_of(self, request: Request) -> str | None:
        """Return the operationId of a request to an optional part, or None."""
        if not request.url.startswith(f"{self._base}/") or "?" in request.url:
            return None
        path = request.url.removeprefix(self._base)
        return next(
            (
                name
                for method, pattern, name in self._claimed
                if method == request.method and pattern.fullmatch(path)
            ),
            None,
        )

    def shown_by(self, event: Event) -> Iterator[str]:
        """Yield the row that a successful event shows kept."""
        key = event.asked.act if event.asked.instance else event.request.method
        if key in self._shown:
            yield self._shown[key]


def plain_paths(profile: Profile) -> list[tuple[str, str]]:
    """Return the method and the path of each operation whose path has no parameter.

    Those of optional parts are left out; a POST comes before a GET, which says less.
    """
    found = [
        (operation.method, operation.path)
        for contract in contracts_of(profile.name)
        for operation in contract.operations.values()
        if "{" not in operation.path and operation.id in profile.catalogue.schemas
        if not _needs(profile, operation.id)
    ]
    return sorted(set(found), reverse=True)


def _needs(profile: Profile, operation: str) -> set[str]:
    """Return what all schema rows of an operation need: an optional part, or nothing."""
    rows = profile.catalogue.schemas.get(operation, {}).values()
    return set().union(*(profile.catalogue[row].needs for row in rows))


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(_PARAMETER.sub("[^/]+", re.escape(path)))
