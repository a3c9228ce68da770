"""The kit's data in a pytest session: its settings, its profile, its harness."""

from __future__ import annotations

from dataclasses import asdict
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


def settings_of(config: pytest.Config) -> dict[str, Any]:
    """Return the session's settings; raise `UsageProblem` for one that does not fit."""
    if _SETTINGS not in config.stash:
        config.stash[_SETTINGS] = resolved_settings(config)
    return config.stash[_SETTINGS]


def leftovers_of(config: pytest.Config) -> list[str]:
    """Return what this process created and could not remove."""
    harness = config.stash.get(HARNESS, None)
    return [] if harness is None else harness.leftovers


def left_behind_of(config: pytest.Config) -> dict[str, int]:
    """Return what this process made and no operation can delete, counted by kind."""
    harness = config.stash.get(HARNESS, None)
    return {} if harness is None else dict(harness.left_behind)


def made_of(config: pytest.Config) -> dict[str, int]:
    """Return how much this process made: uploads, posts, media and bytes."""
    harness = config.stash.get(HARNESS, None)
    return {} if harness is None else dict(harness.made)


def ended_of(config: pytest.Config) -> str:
    """Return why the cases of this process ended early, or an empty text."""
    harness = config.stash.get(HARNESS, None)
    return "" if harness is None else harness.bounds.ended


def oracles_of(config: pytest.Config) -> dict[str, Any]:
    """Return what the oracles of this process counted, and found after the last case."""
    harness = config.stash.get(HARNESS, None)
    if harness is None:
        return {}
    found = [asdict(proof) for proof in harness.late_findings]
    return {"counts": harness.watch.counts(), "findings": found}


def secrets_of(config: pytest.Config) -> list[str]:
    """Return the secrets of this process's target, which may come from a user's fixture."""
    harness = config.stash.get(HARNESS, None)
    if harness is None:
        return []
    return [*filter(None, harness.target.secrets), *harness.renewed]
