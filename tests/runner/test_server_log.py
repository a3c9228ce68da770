"""The log of a started server: each line as it comes, without secrets."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from conformance.model.redaction import Redactor
from conformance.runner.server_log import lines, server_log, shown

if TYPE_CHECKING:
    import pytest

TOKEN = "the-token-of-the-caller-1"


def test_what_a_server_logs_is_shown_line_by_line_without_secrets(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = f"GET /x Bearer {TOKEN}\\nsecond ?X-Amz-Signature=0123456789abcdef\\nno end"
    with server_log(Redactor([TOKEN])) as log:
        subprocess.run([sys.executable, "-c", f"print('{text}', end='')"], stdout=log, check=True)

    out = capsys.readouterr().err.splitlines()
    assert out[0] == "server | GET /x Bearer [redacted]"
    assert out[1].startswith("server | second ?X-Amz-Signature=[redacted]")
    assert out[2] == "server | no end"


def test_a_line_cannot_control_the_terminal_nor_a_workflow() -> None:
    assert shown(b"\x1b[31m::error::red\x1b[0m \x1b[2Jx\r", Redactor()) == r"::error::red \x1b[2Jx"


def test_a_line_is_never_cut_inside_of_a_secret() -> None:
    stream = io.BytesIO(b"first\n" + b"x" * 150 + TOKEN.encode() + b"\nlast\n")

    assert list(lines(lambda _: stream.read(20), 100)) == [b"first", None, b"last"]


def test_a_process_that_stays_behind_does_not_hold_the_run() -> None:
    with server_log(Redactor()) as log:
        kept = os.dup(log)
    os.close(kept)
