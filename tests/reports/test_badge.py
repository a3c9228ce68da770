"""`badge.json`: the badge that shields.io shows is never better than the run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.reports import badge

if TYPE_CHECKING:
    from conformance.reports.report import Report


def rendered(report: Report, **changes: Any) -> dict[str, Any]:
    report.data.update(changes)
    read: dict[str, Any] = json.loads(badge.render(report))
    return read


@pytest.mark.parametrize(
    ("verdict", "colour", "bad"),
    [
        ("conformant", "brightgreen", False),
        ("partial", "yellowgreen", False),
        ("nonconformant", "red", True),
        ("untestable", "lightgrey", True),
    ],
)
def test_each_verdict_has_its_colour(
    report: Report, verdict: str, colour: str, *, bad: bool
) -> None:
    made = rendered(report, verdict=verdict)

    assert set(made) == {"schemaVersion", "label", "message", "color", "isError"}
    assert made["schemaVersion"] == 1
    assert made["label"] == "hayon contract"
    assert made["message"].startswith(verdict)
    assert (made["color"], made["isError"]) == (colour, bad)


@pytest.mark.parametrize("change", [{"complete": False}, {"selection": "test_put"}])
def test_a_part_of_a_run_is_never_green(report: Report, change: dict[str, Any]) -> None:
    made = rendered(report, verdict="conformant", **change)

    assert made["color"] == "lightgrey"
    assert "incomplete" in made["message"]
    assert made["isError"]
