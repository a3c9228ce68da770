"""Collects the faults, or the variants, of a profile from the modules that define them."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

from conformance.servers.deviation import Deviation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import ModuleType

    from conformance.servers.deviation import Answer, Apply, Front, Server

    Rewrite = Callable[[str, str, str, Callable[[Answer], Any]], None]


class Registry:
    """The deviations of one kind; `kind` is `fault` or `variant`.

    The registry is also the decorator that registers a function:

        @FAULT("Sessions never expire.", "FH-COMPLETE-07")
        def sessions_never_expire(server: Server) -> None: ...
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._deviations: dict[str, Deviation] = {}

    def __call__(
        self,
        sentence: str,
        requirement: str = "",
        *,
        warns: tuple[str, ...] = (),
        shown_by: str = "",
        effort: str = "quick",
    ) -> Callable[[Apply], Apply]:
        """Register the decorated function; its name, with dashes, names the deviation."""

        def register(apply: Apply) -> Apply:
            name = apply.__name__.strip("_").replace("_", "-")
            self.add(
                *(name, sentence, apply, requirement),
                warns=warns,
                shown_by=shown_by,
                effort=effort,
            )
            return apply

        return register

    def add(
        self,
        name: str,
        sentence: str,
        apply: Apply,
        requirement: str = "",
        *,
        warns: tuple[str, ...] = (),
        front: Front | None = None,
        shown_by: str = "",
        effort: str = "quick",
    ) -> None:
        """Register a deviation; `ValueError` if the name is already in use."""
        if name in self._deviations:
            raise ValueError(f"two {self.kind}s have the name {name}")
        self._deviations[name] = Deviation(
            name, sentence, apply, requirement, warns, front, shown_by, effort
        )

    def rewriting(self, *operations: str, refusals: bool = False) -> Rewrite:
        """Return a function that registers deviations which only change an answer.

        It takes name, requirement, sentence and the change. The operations and `refusals`
        mean the same as in `Server.answers`.
        """

        def rewrites(
            name: str, requirement: str, sentence: str, change: Callable[[Answer], Any]
        ) -> None:
            def apply(server: Server) -> None:
                server.answers(*operations, refusals=refusals)(change)

            self.add(name, sentence, apply, requirement)

        return rewrites

    def discover(self, package: ModuleType) -> None:
        """Import all modules of a package in sorted order, so that they register."""
        for name in sorted(module.name for module in pkgutil.iter_modules(package.__path__)):
            importlib.import_module(f"{package.__name__}.{name}")

    def include(self, shared: Registry, requirements: Mapping[str, str] | None = None) -> None:
        """Register the deviations that profiles share.

        A shared fault names a promise instead of a requirement, because each profile has its
        own id for it. `requirements` maps these promises to the ids of this profile.
        """
        for one in shared:
            requirement = requirements[one.requirement] if requirements else one.requirement
            self.add(
                one.name,
                one.sentence,
                one.apply,
                requirement,
                warns=one.warns,
                front=one.front,
                shown_by=one.shown_by,
                effort=one.effort,
            )

    def __iter__(self) -> Iterator[Deviation]:
        return iter(self._deviations.values())

    def __len__(self) -> int:
        return len(self._deviations)

    def __contains__(self, name: object) -> bool:
        return name in self._deviations

    def __getitem__(self, name: str) -> Deviation:
        return self._deviations[name]
