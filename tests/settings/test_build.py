"""The build that is judged: what the user names, then the commit of the CI system."""

from __future__ import annotations

import pytest

from conformance.settings.build import COMMITS, build_of


def test_the_user_wins_over_the_ci_system() -> None:
    assert build_of({"build": "v7"}, {"GITHUB_SHA": "abc"}) == "v7"


@pytest.mark.parametrize("name", COMMITS)
def test_each_ci_system_names_its_commit(name: str) -> None:
    assert build_of({"build": None}, {name: " abc\n"}) == "abc"


def test_without_both_there_is_none() -> None:
    assert build_of({"build": None}, {"GITHUB_SHA": ""}) == ""
