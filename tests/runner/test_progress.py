"""Progress: a bar that is written over on a terminal, plain lines in a log."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
from typing import TYPE_CHECKING

import pytest

from conformance.model.evidence import CaseRecord, Outcome
from conformance.reports.terminal.console import Console
from conformance.runner import progress
from conformance.runner.estimate import Estimate
from conformance.runner.progress import Lines, LiveBar, shown_on, words_of
from tests.conftest import COMMAND_BOUND_S, clean_environment

if TYPE_CHECKING:
    from pathlib import Path

ESCAPE = "\x1b"
COLOURED = re.compile(r"\x1b\[(?:\d+;)*(?:3\d|4\d|9\d|10\d)(?:;\d+)*m")


def ended(number: int, outcome: Outcome = Outcome.PASSED) -> CaseRecord:
    return CaseRecord(f"s::test_{number}", "HY-UPLOAD-01", outcome)


def lines_of(total: int, failing: int = 0) -> list[str]:
    output = io.StringIO()
    with Lines(Console(file=output, width=80), Estimate()) as shown:
        shown.begin(total)
        for number in range(total):
            shown.started(f"s::test_{number}")
            shown.case(ended(number, Outcome.FAILED if number < failing else Outcome.PASSED))
    return output.getvalue().splitlines()


def test_a_log_gets_a_line_for_every_fifth() -> None:
    lines = lines_of(200, failing=3)

    assert len(lines) == 5
    assert lines[0] == "  40 of 200 cases, 3 failed, 0 s"
    assert lines[-1] == " 200 of 200 cases, 3 failed, 0 s"


@pytest.mark.parametrize("total", [1, 3, 5])
def test_a_short_run_gets_at_most_a_line_a_case(total: int) -> None:
    assert len(lines_of(total)) == total


def test_a_log_that_would_be_silent_for_long_names_the_case(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(progress, "SILENCE_BOUND_S", 0.05)
    said = threading.Event()

    class Output(io.StringIO):
        def write(self, text: str) -> int:
            if "still running: expiry is enforced" in text:
                said.set()
            return super().write(text)

    with Lines(Console(file=Output(), width=80), Estimate()) as shown:
        shown.begin(100)
        shown.started("s::test_expiry_is_enforced")

        assert said.wait(COMMAND_BOUND_S)


def test_a_log_gets_lines_and_a_terminal_gets_a_bar() -> None:
    main, worker = pty.openpty()
    with os.fdopen(worker, "w") as terminal:
        assert isinstance(shown_on(Console(file=terminal)), LiveBar)
        assert isinstance(shown_on(Console(file=terminal, _environ={"TERM": "dumb"})), Lines)
    os.close(main)
    assert isinstance(shown_on(Console(file=io.StringIO(), force_terminal=True)), Lines)


def test_a_case_is_told_in_words_that_move_no_cursor() -> None:
    assert words_of("a/b.py::test_it_holds[two words]") == "it holds [two words]"
    assert words_of("a/b.py::test_it_holds") == "it holds"
    assert words_of("a/b.py::test_it[\x1b[2J]").endswith("[\\x1b[2J]")


@pytest.fixture
def quick(hayon: dict[str, str]) -> tuple[str, ...]:
    """Return the arguments of a short run that has twelve cases."""
    url = ("--base-url", hayon["base_url"], "--token", hayon["token"])
    return ("run", "hayon", *url, "--effort", "quick", "-k", "listed_type or broken_body")


def on_a_terminal(folder: Path, *arguments: str, columns: int = 80, **variables: str) -> str:
    """Run the command on a pseudo-terminal and return all that it wrote there."""
    main, worker = pty.openpty()
    fcntl.ioctl(worker, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {**clean_environment(), "TERM": "xterm-256color", **variables}
    for name in {"NO_COLOR", "FORCE_COLOR", "COLUMNS"} - set(variables):
        environment.pop(name, None)
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance", *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=worker,
        stderr=worker,
    )
    os.close(worker)
    output = bytearray()
    reader = threading.Thread(target=_read_all, args=(main, output), daemon=True)
    reader.start()
    assert process.wait(COMMAND_BOUND_S) == 0, output.decode()
    reader.join(COMMAND_BOUND_S)
    assert not reader.is_alive()
    os.close(main)
    return output.decode()


def _read_all(descriptor: int, output: bytearray) -> None:
    while True:
        try:
            chunk = os.read(descriptor, 65_536)
        except OSError:  # how a pseudo-terminal says that nobody writes any more
            return
        if not chunk:
            return
        output += chunk


def without_escapes(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)


def test_a_terminal_sees_the_case_the_count_and_the_time_and_then_the_result(
    tmp_path: Path, quick: tuple[str, ...]
) -> None:
    text = on_a_terminal(tmp_path, *quick)

    frames = without_escapes(text)
    assert re.search(r" [1-9]\d*/\d+ +\d+ s +\S.* ", frames)
    assert "the listed type is accepted" in frames
    assert f"{ESCAPE}[?25l" in text
    assert text.rindex(f"{ESCAPE}[?25h") > text.rindex(f"{ESCAPE}[?25l")
    result = without_escapes(text[text.rindex(f"{ESCAPE}[?25h") :])
    assert "hayon: partial" in result
    assert "/" not in result.partition("create_media_upload")[0]
    assert COLOURED.search(text)


def test_no_line_of_a_narrow_terminal_is_crushed(tmp_path: Path, quick: tuple[str, ...]) -> None:
    text = on_a_terminal(tmp_path, *quick, "-v", columns=40)

    result = without_escapes(text[text.rindex(f"{ESCAPE}[?25h") :]).replace("\r", "")
    rows = [line for line in result.splitlines() if not line.startswith(("report: ", "hayon: "))]
    assert max(map(len, rows)) <= 40
    assert "    image/png is accepted" in rows


def test_no_color_leaves_the_terminal_without_any(tmp_path: Path, quick: tuple[str, ...]) -> None:
    assert not COLOURED.search(on_a_terminal(tmp_path, *quick, NO_COLOR="1"))


def test_a_log_holds_no_control_character_even_with_colours_forced_off(
    tmp_path: Path, quick: tuple[str, ...]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "conformance", *quick],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=COMMAND_BOUND_S,
    )

    assert all(character.isprintable() or character == "\n" for character in done.stdout)
    assert len(re.findall(r"^ *\d+ of \d+ cases", done.stdout, re.MULTILINE)) == 5
    assert done.stderr == ""


def test_forced_colours_in_a_log_come_without_movement(
    tmp_path: Path, quick: tuple[str, ...]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "conformance", *quick],
        cwd=tmp_path,
        env={**clean_environment(), "FORCE_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=COMMAND_BOUND_S,
    )

    sequences = re.findall(r"\x1b\[[0-9;?]*([a-zA-Z])", done.stdout)
    assert set(sequences) == {"m"}
    assert "\r" not in done.stdout
