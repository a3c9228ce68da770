"""The table of storage engines says what is tested."""

from __future__ import annotations

import re
import tomllib

import pytest

from conformance.model.profile import profile_names
from tests.docs import pages
from tests.engines.engine import ENGINES, LAX, SIGNATURE_ROWS

PAGE = pages.written()["explanation/false-alarms.md"]
ROWS = re.findall(r"^\| (\w+) \| `([\w-]+)` ([\d.]+) or newer \| (\w+) \|$", PAGE, re.MULTILINE)
PROJECT = tomllib.loads((pages.ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def lowest_versions() -> dict[str, str]:
    """Return the lowest version of each package that an engine comes from."""
    requirements = [
        *PROJECT["project"]["optional-dependencies"]["reference"],
        *PROJECT["dependency-groups"]["engines"],
    ]
    return dict(re.sub(r"\[.*\]", "", row).split(">=") for row in requirements)


def test_the_table_names_every_engine_with_its_verdict() -> None:
    told = {engine: verdict for engine, _, _, verdict in ROWS}

    assert told == {name: "partial" if name in LAX else "conformant" for name in ENGINES}


def test_its_versions_are_the_lowest_that_the_project_allows() -> None:
    lowest = lowest_versions()

    assert [lowest[package] for _, package, _, _ in ROWS] == [row[2] for row in ROWS]


@pytest.mark.parametrize("profile", profile_names())
def test_it_names_what_an_engine_without_signatures_costs(profile: str) -> None:
    rows = sorted(SIGNATURE_ROWS[profile])
    first_to_last = f"`{rows[0]}` to `{rows[-1]}`"

    assert first_to_last in PAGE or all(f"`{row}`" in PAGE for row in rows)
