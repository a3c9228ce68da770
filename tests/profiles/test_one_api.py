"""The cases of a run and its generated requests have one api, so that both know what was done."""

from __future__ import annotations

import importlib
from types import SimpleNamespace

import pytest

from conformance.model.profile import profile_names


@pytest.mark.parametrize("profile", profile_names())
def test_the_cases_use_the_api_of_their_harness(profile: str) -> None:
    fixtures = importlib.import_module(f"conformance.profiles.{profile}.scenarios.conftest")
    harness = SimpleNamespace(api=object())

    assert fixtures.api.__wrapped__(harness) is harness.api
