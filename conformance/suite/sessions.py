"""The pytest sessions of this process, and when the scenarios join them.

Until a scenario module is imported, a session keeps its own markers, hooks and fixtures.
One process may hold several sessions, since pytest can run inside pytest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pytest

#: The plugin that judges a plain session; `conformance run` blocks it and judges itself.
VERDICT = "conformance-verdict"

_join: dict[pytest.Config, Callable[[pytest.Config], None]] = {}
_markers: dict[str, str] = {}


def begin(config: pytest.Config, join: Callable[[pytest.Config], None]) -> None:
    """Remember a session; `join` is called when scenarios become part of it."""
    _join[config] = join
    if _markers:  # a session before this one has imported the scenarios
        _declare(config, _markers)
        join(config)


def end(config: pytest.Config) -> None:
    """Forget a session."""
    _join.pop(config, None)


def join(markers: Mapping[str, str]) -> None:
    """Let scenarios join every session; their markers are declared before they are used."""
    _markers.update(markers)
    for config, joined in list(_join.items()):
        _declare(config, markers)
        joined(config)


def declare(markers: Mapping[str, str]) -> None:
    """Declare further markers: a strict pytest needs that before their first use."""
    for config in _join:
        _declare(config, markers)


def is_embedded(config: pytest.Config) -> bool:
    """Return whether `conformance run` runs this session, and judges and reports it."""
    return config.pluginmanager.is_blocked(VERDICT)


def is_worker(config: pytest.Config) -> bool:
    """Return whether the session is a worker of pytest-xdist."""
    return hasattr(config, "workerinput")


def _declare(config: pytest.Config, markers: Mapping[str, str]) -> None:
    declared = set(config.getini("markers"))
    for marker, meaning in markers.items():
        line = f"{marker}: {meaning}"
        if line not in declared:
            config.addinivalue_line("markers", line)
