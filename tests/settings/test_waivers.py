"""The waivers of the settings file: what is read, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from conformance.problem import UsageProblem
from conformance.settings.waivers import read_waivers

TODAY = date(2026, 6, 30)


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ({"reason": "r"}, "^waiver 1 of the settings file has no requirement"),
        ({"requirement": "A-ONE"}, r"^waiver 1 .* \(A-ONE\) has no reason: every waiver"),
        ({"requirement": "A-ONE", "reason": "  "}, "has no reason"),
        ({"requirement": "A", "reason": "r", "expire": "x"}, r"'expire' .* did you mean expires\?"),
        ({"requirement": "A", "reason": "r", "zzz": "x"}, "'zzz' .*; the keys are requirement, "),
        ({"requirement": "A", "reason": 7}, "^reason of waiver 1 .* must be a string$"),
        ({"requirement": "A", "reason": "r", "expires": "soon"}, "write a day like 2026-12-31"),
        ({"requirement": "A", "reason": "r", "expires": 2026}, "write a day like 2026-12-31"),
    ],
)
def test_a_waiver_that_does_not_fit_is_refused(table: dict[str, Any], fault: str) -> None:
    with pytest.raises(UsageProblem, match=fault):
        read_waivers([table])


@pytest.mark.parametrize("tables", [{}, ["A-ONE"], "A-ONE"])
def test_waivers_that_are_no_tables_are_refused(tables: object) -> None:
    with pytest.raises(UsageProblem, match=r"must hold tables: \[\[waivers\]\]"):
        read_waivers(tables)


@pytest.mark.parametrize(
    "expires",
    [date(2026, 6, 30), "2026-06-30", datetime(2026, 6, 30, 23, 59, tzinfo=UTC)],
    ids=["a TOML day", "a text", "a TOML moment"],
)
def test_a_waiver_is_in_force_until_the_end_of_its_last_day(expires: object) -> None:
    (waiver,) = read_waivers([{"requirement": "A", "reason": "r", "expires": expires}])

    assert not waiver.expired(TODAY)
    assert waiver.expired(date(2026, 7, 1))
    assert waiver.as_dict()["expires"] == "2026-06-30"
