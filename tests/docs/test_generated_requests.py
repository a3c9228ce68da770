"""The page about generated requests names each check of schemathesis, and why it does not run."""

from __future__ import annotations

import re

from conformance.harness.generation import CHECKS, CHECKS_OFF
from tests.docs import pages

PAGE = pages.written()["explanation/generated-requests.md"]


def test_the_page_names_the_checks_that_run() -> None:
    found = re.findall(r"^\| `(\w+)` \| [^|]+ \|$", PAGE, re.MULTILINE)

    assert set(CHECKS) <= set(found)


def test_the_page_gives_the_reason_of_each_check_that_does_not_run() -> None:
    for name, reason in CHECKS_OFF.items():
        assert f"| `{name}` | {reason} |" in PAGE
