"""The kit's data in a pytest session: its settings, its profile, its harness."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.harness.harness import Harness
from conformance.problem import Problem
from conformance.settings.pytest_options import resolved_settings

_SETTINGS = pytest.StashKey[dict[str, Any]]()
#: The name of the profile whose scenarios are collected.
PROFILE = pytest.StashKey[str]()
#: The problem that prevents the cases of this process from running.
PROBLEM = pytest.StashKey[Problem]()
#: The target as reports describe it.
TARGET = pytest.StashKey[dict[str, object]]()
HARNESS = pytest.StashKey[Harness]()
#: The id of the requirement that an item proves.
REQUIREMENT = pytest.StashKey[str]()
#: Whether an item is the first case of an anchor, which runs before all others.
ANCHOR = pytest.StashKey[bool]()


def settings_of(config: pytest.Config) -> dict[str, Any]:
    """Return the session's settings; raise `UsageProblem` for one that does not fit."""
    if _SETTINGS not in config.stash:
        config.stash[_SETTINGS] = resolved_settings(config)
    return config.stash[_SETTINGS]
