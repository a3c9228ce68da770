"""What the plugin of a run keeps of pytest's session."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from conformance.problem import UsageProblem
from conformance.runner.execution import RecordingPlugin
from conformance.suite.stash import PROBLEM

if TYPE_CHECKING:
    from conformance.runner.progress import Progress


def test_why_the_cases_could_not_be_selected_is_kept() -> None:
    stash = pytest.Stash()
    stash[PROBLEM] = UsageProblem("--shard 2/3 has no case")
    session = cast("pytest.Session", SimpleNamespace(config=SimpleNamespace(stash=stash)))
    plugin = RecordingPlugin(cast("Progress", None))

    plugin.pytest_sessionfinish(session)

    assert plugin.problem is stash[PROBLEM]
