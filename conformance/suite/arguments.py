"""The arguments of a case that runs in a lane: pytest makes only those of the session.

Fixtures of one case are made in its lane, by their functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.judge.finding import Finding
from conformance.suite.stash import REQUIREMENT

if TYPE_CHECKING:
    from collections.abc import Callable

_OURS = "conformance."
#: These begin a case; a lane does it itself.
_BEGINNINGS = frozenset({"case", "conformance_case"})


class SharedArguments:
    """The fixtures of a session, as pytest makes them for the first case of a wave."""

    def __init__(self, first: pytest.Function) -> None:
        """Take the fixtures where pytest is now: at the first case of a wave."""
        self._request = first._request  # noqa: SLF001 - the only way to fixtures of other cases
        self._found: dict[str, Any] = {}

    def arguments_of(self, item: pytest.Function) -> Callable[[], dict[str, Any]] | None:
        """Return what makes the arguments of a case, or None if its own set-up will fail."""
        try:
            shared = {name: self._value(name) for name in _shared_names(item)}
        except Finding:
            return None
        return lambda: _arguments(item, {**shared, **_parameters(item)})

    def _value(self, name: str) -> Any:
        if name not in self._found:
            self._found[name] = self._request.getfixturevalue(name)
        return self._found[name]


def _fixture(item: pytest.Function, name: str) -> pytest.FixtureDef[Any] | None:
    found = item._fixtureinfo.name2fixturedefs.get(name)  # noqa: SLF001 - pytest has no other way
    return found[-1] if found else None


def _parameters(item: pytest.Function) -> dict[str, Any]:
    return dict(item.callspec.params) if hasattr(item, "callspec") else {}


def _shared_names(item: pytest.Function) -> list[str]:
    return [
        name
        for name in item.fixturenames
        if name not in _parameters(item)
        and (fixture := _fixture(item, name)) is not None
        and fixture.scope == "session"
    ]


def _arguments(item: pytest.Function, known: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a case: what is known, and fixtures of the case made here."""

    def value(name: str) -> Any:
        if name in _BEGINNINGS:
            return known["conformance_harness"]
        fixture = _fixture(item, name)
        if name not in known and fixture is not None:
            known[name] = fixture.func(**{one: value(one) for one in fixture.argnames})
        return known[name]

    return {name: value(name) for name in item._fixtureinfo.argnames}  # noqa: SLF001 - as above


def can_run(item: pytest.Item) -> bool:
    """Whether a case can be run without pytest.

    A fixture of the user's own that belongs to one case needs pytest.
    """
    if not isinstance(item, pytest.Function) or REQUIREMENT not in item.stash:
        return False
    own = [name for name in item.fixturenames if name not in _parameters(item)]
    fixtures = [_fixture(item, name) for name in own]
    return all(
        fixture is None
        or fixture.scope == "session"
        or fixture.argname in _BEGINNINGS
        or (fixture.func.__module__.startswith(_OURS) and "request" not in fixture.argnames)
        for fixture in fixtures
    )
