"""The page that compares tools names faults that exist, and the command that makes its figures."""

from __future__ import annotations

import re

from conformance.servers.reference import FAULTS
from tests.compared import drawn
from tests.docs import pages

PAGE = pages.written()["explanation/compared.md"]
ROWS = re.findall(r"^\| (\w+), `([a-z0-9-]+)` \| ([A-Z0-9-]+) \|", PAGE, re.MULTILINE)


def test_each_fault_of_the_table_breaks_the_requirement_beside_it() -> None:
    assert len(ROWS) >= 10
    for profile, fault, requirement in ROWS:
        assert FAULTS[profile][fault].requirement == requirement


def test_a_seed_always_draws_the_same_faults() -> None:
    assert drawn("hayon", 3, 15) == drawn("hayon", 3, 15)
    assert drawn("hayon", 3, 15) != drawn("hayon", 3, 16)


def test_the_counts_of_the_text_are_those_of_the_table() -> None:
    cells = r"^\| \w+, `.+` \| \S+ \| (yes|no): [^|]+ \| (yes|no): [^|]+ \|"
    found = re.findall(cells, PAGE, re.MULTILINE)
    theirs = sum(one == "yes" for one, _ in found)
    ours = sum(one == "yes" for _, one in found)

    assert f"Of {len(found)} faults, schemathesis found {theirs}, and the kit {ours}." in PAGE
