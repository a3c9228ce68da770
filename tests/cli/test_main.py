"""Bad input gets one clear line and its documented exit code."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

import pytest

from conformance import __version__
from conformance.cli.main import cli, main, program

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["run", "nosuch", "--reference"], 2, "unknown profile 'nosuch'"),
        (["run", "feedhive"], 2, "no target"),
        (["run", "feedhive", "--base-url", "localhost:1"], 2, "write http://localhost:1"),
        (["run", "feedhive", "--base-url", "ftp://host"], 2, "use http or https"),
        (["run", "feedhive", "--base-url", "http://127.0.0.1:1"], 2, "set CONFORMANCE_TOKEN"),
        (["run", "feedhive", "--base-url", "http://h", "--reference"], 2, "only one of"),
        (["run", "feedhive", "--config", "missing.toml"], 2, "missing.toml cannot be read"),
        (["run", "feedhive", "--bogus"], 2, "--bogus"),
        (["run", "feedhive", "--effort", "huge"], 2, "huge"),
        (["run", "feedhive", "--reference", "-k", "nosuchcase"], 2, "selects no case"),
        (["run", "hayon", "--start", "no-such-command", "--token", "t"], 3, "no-such-command"),
        (["serve", "nosuch"], 2, "unknown profile"),
        (["list", "requirements", "nosuch"], 2, "unknown profile"),
        (["explain", "FH-NOSUCH-1"], 2, "no requirement 'FH-NOSUCH-1'"),
    ],
)
def test_bad_input_gets_one_clear_line(
    command: Command, arguments: list[str], code: int, words: str
) -> None:
    done = command(*arguments)

    assert done.returncode == code, done.stdout + done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_an_unreachable_target_is_untestable(command: Command) -> None:
    done = command("run", "feedhive", "--base-url", "http://127.0.0.1:1", "--token", "t")

    assert done.returncode == 3
    assert "cannot be reached" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_report_folder_that_cannot_be_written_is_named(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    done = command("run", "feedhive", "--reference", "--report-dir", "file")

    assert done.returncode == 2
    assert "the report folder file cannot be written" in done.stderr


def test_a_broken_settings_file_is_named(command: Command, tmp_path: Path) -> None:
    (tmp_path / "conformance.toml").write_text("base_url = ")

    done = command("run", "feedhive")

    assert done.returncode == 2
    assert "conformance.toml cannot be read" in done.stderr


def test_a_port_in_use_is_named(command: Command) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        done = command("serve", "feedhive", "--port", port)

    assert done.returncode == 2
    assert f"port {port} cannot be used" in done.stderr


def test_version_and_help_answer(command: Command) -> None:
    assert command().stdout == command("--help").stdout != ""
    assert __version__ in command("--version").stdout
    assert "Exit codes" in command("run", "--help-all").stdout


@pytest.mark.parametrize("what", ["requirements", "cases", "statements"])
@pytest.mark.parametrize("profile", ["feedhive", "hayon"])
def test_lists_are_printed(command: Command, what: str, profile: str) -> None:
    done = command("list", what, profile)

    assert done.returncode == 0
    assert len(done.stdout.splitlines()) > 20


def test_a_fault_of_the_kit_is_never_taken_for_the_servers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def broken(*_: object, **__: object) -> int:
        raise KeyError("x\x1b[2J token-of-the-tests")

    monkeypatch.setattr(cli, "main", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("CONFORMANCE_TOKEN", "token-of-the-tests")

    assert main() == 4
    file = next(tmp_path.iterdir())
    assert capsys.readouterr().err == (
        "conformance: a fault of the kit, not of the server:"
        f" please report it, with {file} attached\n"
    )
    assert "KeyError" in file.read_text()
    assert "token-of-the-tests" not in file.read_text()


def test_what_a_problem_quotes_moves_no_cursor(command: Command) -> None:
    done = command("run", "\x1b[2Jfeedhive")

    assert done.returncode == 2
    assert "\x1b" not in done.stderr


def test_a_full_disk_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", "report/report.json")

    monkeypatch.setattr(cli, "main", full)

    assert main() == 2
    assert capsys.readouterr().err == "conformance: report/report.json: No space left on device\n"


def test_two_targets_with_one_name_are_one_line(command: Command, tmp_path: Path) -> None:
    (tmp_path / "conformance.toml").write_text("[targets.a]\n[targets.a]\n")

    done = command("run", "feedhive")

    assert done.returncode == 2
    assert done.stderr == (
        "conformance: the settings file conformance.toml cannot be read:"
        " two targets have the name 'a' (line 2): rename one of them\n"
    )


def test_a_token_command_that_fails_is_one_line_without_its_output(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "conformance.toml").write_text(
        "base_url = 'http://127.0.0.1:1'\n"
        "token_command = \"sh -c 'echo s3cret; echo s3cret >&2; exit 7'\"\n"
    )

    done = command("run", "feedhive")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "conformance: token_command: 'sh' ended with code 7\n"


def test_a_program_leaves_its_end_to_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[str] = []
    monkeypatch.setattr("conformance.cli.main.main", lambda: 3)
    monkeypatch.setattr("conformance.harness.signals.leave", lambda: left.append("left"))

    with pytest.raises(SystemExit) as ended:
        program()

    assert (ended.value.code, left) == (3, ["left"])
