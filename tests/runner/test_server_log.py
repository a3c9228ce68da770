"""The log of a started server: each line as it comes, without secrets."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from conformance.model.redaction import Redactor
from conformance.runner.server_log import ServerLog, lines, shown

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

TOKEN = "the-token-of-the-caller-1"


def logged(log: ServerLog, text: str) -> None:
    with log.taking(Redactor([TOKEN])) as place:
        subprocess.run([sys.executable, "-c", f"print('{text}', end='')"], stdout=place, check=True)


def test_what_a_server_logs_is_kept_line_by_line_without_secrets(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    log = ServerLog(tmp_path / "server.log")
    logged(log, f"GET /x Bearer {TOKEN}\\nsecond ?X-Amz-Signature=0123456789abcdef\\nno end")

    out = (tmp_path / "server.log").read_text().splitlines()
    assert out == log.tail()
    assert out[0] == "GET /x Bearer [redacted]"
    assert out[1].startswith("second ?X-Amz-Signature=[redacted]")
    assert out[2] == "no end"
    assert capsys.readouterr().err == ""


def test_without_a_folder_the_lines_are_marked_on_the_screen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logged(ServerLog(printed=True), "hello")

    assert capsys.readouterr().err == "server | hello\n"


def test_a_folder_that_cannot_be_written_does_not_stop_the_server(tmp_path: Path) -> None:
    log = ServerLog(tmp_path / "gone" / "server.log")
    logged(log, "a\\nb")

    assert log.tail() == ["a", "b"]


def opened(request_id: str, seconds: float = 0.0) -> dict[str, Any]:
    """Return the record of an exchange that was sent so many seconds ago, and took one second."""
    started = datetime.fromtimestamp(time.time() - seconds, UTC)
    return {
        "request": {"headers": [["X-Request-Id", request_id]]},
        "response": {"elapsed_s": 1.0},
        "started": started.isoformat(timespec="milliseconds"),
    }


def test_a_failure_shows_the_lines_with_the_id_of_its_request() -> None:
    ours, other = "a" * 32, "b" * 32
    before = opened(ours)
    log = ServerLog()
    logged(log, f"{other} GET /\\n{ours} POST /\\nTraceback\\n{other} 200")

    assert log.during(before) == [f"{ours} POST /", "Traceback"]


def test_a_failure_shows_the_lines_of_its_time_where_no_id_is_logged() -> None:
    now, old = opened("a" * 32), opened("a" * 32, seconds=60)
    log = ServerLog()
    logged(log, "POST / 500")

    assert log.during(now) == ["(by time: lines of other requests may be among them)", "POST / 500"]
    assert log.during(old) == []


def test_a_line_cannot_control_the_terminal_nor_a_workflow() -> None:
    assert shown(b"\x1b[31m::error::red\x1b[0m \x1b[2Jx\r", Redactor()) == r"::error::red \x1b[2Jx"


def test_a_line_is_never_cut_inside_of_a_secret() -> None:
    stream = io.BytesIO(b"first\n" + b"x" * 150 + TOKEN.encode() + b"\nlast\n")

    assert list(lines(lambda _: stream.read(20), 100)) == [b"first", None, b"last"]


def test_a_process_that_stays_behind_does_not_hold_the_run() -> None:
    with ServerLog().taking(Redactor()) as log:
        kept = os.dup(log)
    os.close(kept)


def test_a_server_that_logs_without_end_does_not_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("conformance.runner.server_log._KEPT_CHARACTERS", 1_000)
    log = ServerLog()
    logged(log, "x" * 300 + "\\n" + "y" * 300 + "\\n" + "z" * 300)

    assert [line[0] for line in log.tail()] == ["y", "z"]
