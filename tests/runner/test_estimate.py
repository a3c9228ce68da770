"""The time left is what the last run took, or it is not shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.runner.estimate import Estimate
from conformance.settings.table import SETTINGS
from tests.reports.made import written

if TYPE_CHECKING:
    from pathlib import Path

VALUES: dict[str, Any] = {setting.name: setting.unset for setting in SETTINGS}


def reported(folder: Path, **changes: Any) -> Path:
    """Write a report of a run of one case that took 125 seconds."""
    path = written(folder, "passed") / "report.json"
    settings = [
        {"name": setting.name, "value": setting.shown(VALUES[setting.name]), "origin": "default"}
        for setting in SETTINGS
    ]
    known = {"duration_s": 125.0, "settings": settings, "verdict": "partial", **changes}
    path.write_text(json.dumps(json.loads(path.read_text()) | known))
    return folder


def test_the_last_run_says_how_long_this_one_takes(tmp_path: Path) -> None:
    estimate = Estimate.of(reported(tmp_path), "feedhive", VALUES)
    estimate.begin(1)

    assert estimate.words == "about 2 min 5 s left"


def test_a_run_that_takes_longer_than_the_last_one_shows_no_time_left(tmp_path: Path) -> None:
    estimate = Estimate.of(reported(tmp_path, duration_s=0.0), "feedhive", VALUES)
    estimate.begin(1)

    assert estimate.words == "0 s"


@pytest.mark.parametrize(
    "changes", [{"complete": False}, {"selection": "x"}, {"verdict": "untestable"}]
)
def test_a_run_of_another_kind_says_nothing(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert Estimate.of(reported(tmp_path, **changes), "feedhive", VALUES).whole_s is None


def test_other_settings_profiles_and_selections_are_not_compared(tmp_path: Path) -> None:
    place = reported(tmp_path)
    selected = Estimate.of(place, "feedhive", VALUES)
    selected.begin(7)

    assert Estimate.of(place, "hayon", VALUES).whole_s is None
    assert Estimate.of(place, "feedhive", {**VALUES, "effort": "thorough"}).whole_s is None
    assert Estimate.of(tmp_path / "none", "feedhive", VALUES).whole_s is None
    assert selected.words == "0 s"
