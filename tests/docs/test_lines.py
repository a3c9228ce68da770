"""Each command line of the documentation is run by a test, or a reason says why not."""

from __future__ import annotations

import re

import pytest

from tests.docs import lines, pages
from tests.test_lines import SCENES


def test_every_line_is_run_or_has_a_reason() -> None:
    tutorial = set(lines.lines_of(pages.everything()[lines.TUTORIAL]))
    run = {line for scene in SCENES.values() for line in scene}

    for line in lines.first_places():
        assert line in run or line in tutorial or lines.left_out(line), line


@pytest.mark.parametrize("row", [*lines.ELSEWHERE, *lines.NEVER])
def test_a_reason_is_for_a_line_that_exists(row: str) -> None:
    assert any(re.fullmatch(row, line) for line in lines.first_places())


def test_a_new_line_is_run() -> None:
    assert not lines.left_out("conformance brew coffee")
    assert lines.lines_of("```sh\nconformance run a \\\n    --strict\n```\n```text\nx\n```\n") == [
        "conformance run a --strict"
    ]
