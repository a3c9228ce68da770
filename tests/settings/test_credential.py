"""Tokens that stand in no file: had within bounds, or refused in one line that tells none."""

from __future__ import annotations

import os
import select
import shlex
import sys
from typing import TYPE_CHECKING

import pytest

from conformance.problem import UsageProblem
from conformance.settings import credential

if TYPE_CHECKING:
    from pathlib import Path

#: Seconds within which a killed process has ended.
ENDED_BOUND_S = 60.0


def python(code: str) -> str:
    """Return a command that runs some Python."""
    return shlex.join([sys.executable, "-c", code])


def test_the_first_line_that_a_command_prints_is_the_token() -> None:
    command = python("print('t0ken  '); print('until tomorrow')")

    assert credential.fetch("token_command", command) == "t0ken"


def test_a_variable_holds_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", " t0ken\n")

    assert credential.fetch("token_env", "STAGE") == "t0ken"


@pytest.mark.parametrize("text", [None, "", "  "])
def test_a_variable_without_a_token_is_named(
    monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    monkeypatch.delenv("STAGE", raising=False)
    if text is not None:
        monkeypatch.setenv("STAGE", text)

    with pytest.raises(UsageProblem, match=r"^other_token_env: the variable 'STAGE' is not set$"):
        credential.fetch("other_token_env", "STAGE")


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        (python("raise SystemExit('s3cret')"), "ended with code 1"),
        (python("print('s3cret'); raise SystemExit(3)"), "ended with code 3"),
        (python("import sys; print('s3cret', file=sys.stderr)"), "printed nothing"),
        (python("print('s3cret' * 100_000)"), "more than 64 KiB cannot be a token"),
        ("no-such-command s3cret", "'no-such-command' cannot be started: No such file"),
        ("quote ' s3cret", "cannot be split into words: No closing quotation"),
        ("", "is empty: give a command that prints the token"),
    ],
)
def test_a_command_that_gives_no_token_is_refused_without_its_words(
    command: str, fault: str
) -> None:
    with pytest.raises(UsageProblem) as refused:
        credential.fetch("token_command", command)

    assert str(refused.value).startswith("token_command")
    assert fault in str(refused.value)
    assert "s3cret" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "code", ["{block}", "import os; os.close(1); {block}", "print('t'); {block}"]
)
def test_a_command_that_hangs_is_stopped_with_all_it_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str
) -> None:
    monkeypatch.setattr(credential, "COMMAND_BOUND_S", 3.0)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    block = f"import subprocess; subprocess.run(['sh', '-c', 'exec 3>{pipe}; echo >&3; sleep 600'])"
    with os.fdopen(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), "rb", 0) as reader:
        with pytest.raises(UsageProblem, match="no answer within 3 seconds"):
            credential.fetch("token_command", python(code.format(block=block)))

        assert reader.read(1) == b"\n"
        # What still held the other end open would leave nothing to read, and no end of it.
        os.set_blocking(reader.fileno(), True)
        assert select.select([reader], [], [], ENDED_BOUND_S)[0]
        assert reader.read(1) == b""
