"""Output for terminals and for pipes, and readers that go away."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from conformance.reports.terminal.console import Console, print_rows
from tests.conftest import clean_environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

ROWS = [
    ("FH-1-LONG", "MUST", "a title that is longer than the terminal is wide"),
    ("FH-22", "", "b"),
]


def printed(width: int, *, terminal: bool) -> list[str]:
    output = io.StringIO()
    console = Console(file=output, width=width, force_terminal=terminal, color_system=None)
    print_rows(console, ROWS)
    return output.getvalue().splitlines()


def test_rows_are_in_columns_and_the_last_column_wraps() -> None:
    lines = printed(60, terminal=True)

    assert lines[0].startswith("FH-1-LONG  MUST  a title")
    assert lines[1].startswith(" " * 17)
    assert lines[-1] == "FH-22            b"
    assert max(map(len, lines)) <= 60


def test_rows_on_a_narrow_terminal_have_their_last_cell_below() -> None:
    lines = printed(30, terminal=True)

    assert lines[0] == "FH-1-LONG  MUST"
    assert lines[1].startswith("    a title")
    assert max(map(len, lines)) <= 30


def test_a_cell_without_room_beside_a_wide_head_is_below_it() -> None:
    output = io.StringIO()
    rows = [("h" * 50, "a last cell that does not fit beside it in the columns that are left")]
    print_rows(Console(file=output, width=70, force_terminal=True, color_system=None), rows)

    lines = output.getvalue().splitlines()
    assert lines[0] == "h" * 50
    assert lines[1].startswith("    a last cell that does not fit beside it")


def test_rows_in_a_pipe_are_one_line_each() -> None:
    assert printed(20, terminal=False) == [
        "FH-1-LONG  MUST  a title that is longer than the terminal is wide",
        "FH-22            b",
    ]


def test_no_row_prints_nothing() -> None:
    output = io.StringIO()
    print_rows(Console(file=output), [])

    assert output.getvalue() == ""


def test_a_forced_colour_does_not_make_the_terminal_live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    console = Console(file=io.StringIO())

    assert console.is_terminal
    assert not console.live


def into_head(tmp_path: Path, *arguments: str) -> tuple[str, str, int]:
    """Run the command with a reader that leaves after one line; return line, errors, code."""
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance", *arguments],
        cwd=tmp_path,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    line = process.stdout.readline()
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    return line, errors, process.wait(60)


@pytest.mark.parametrize(
    "arguments",
    [("list", "cases", "feedhive"), ("list", "statements", "feedhive"), ("completion", "bash")],
)
def test_a_reader_that_leaves_is_not_an_error(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    line, errors, code = into_head(tmp_path, *arguments)

    assert line
    assert (errors, code) == ("", 0)


def test_a_run_whose_reader_leaves_goes_on_and_keeps_its_exit_code(
    tmp_path: Path, hayon: dict[str, str]
) -> None:
    url = ("--base-url", hayon["base_url"], "--token", hayon["token"])

    line, errors, code = into_head(
        tmp_path, "run", "hayon", *url, "-k", "listed_type", "--require-verified"
    )

    assert line.startswith("conformance ")
    assert (errors, code) == ("", 5)
    assert (tmp_path / "conformance-report" / "report.json").is_file()


def test_a_terminal_that_cannot_show_a_character_shows_another(command: Command) -> None:
    done = command("list", "statements", "feedhive", PYTHONIOENCODING="ascii")

    assert done.returncode == 0
    assert done.stdout.isascii()
    assert done.stderr == ""
