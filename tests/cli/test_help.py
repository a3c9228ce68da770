"""Help fits a screen, every slip gets a suggestion, and the promised interface is there."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from conformance.cli.main import cli
from conformance.cli.run import EXIT_CODES
from conformance.settings.table import SETTINGS

if TYPE_CHECKING:
    from tests.conftest import Command

#: These commands have the settings of a target, which are more than a screen: --help-all.
WITH_SETTINGS = {"run", "doctor", "watch", "judge"}
#: The interface that users rely on: it grows, and nothing of it ever goes away.
PROMISED = {
    "run": """--base-url --reference --start --token --other-token --s3-endpoint --s3-bucket
        --short-lived-url --max-wait --capability --storage-gate --storage-resolve --allow-network
        --effort --strict --require-verified --seed --workers -k --report-dir --config --target""",
    "serve": "--port --fault --variant --upload-ttl --json",
    "selftest": "--only --out --by",
    "watch": "--upstream --port --watch-storage --strict --report-dir --token --other-token",
    "judge": "--base-url --strict --report-dir --token --other-token",
    "list": "--level --operation --json",
    "explain": "--json",
    "doctor": """--base-url --reference --start --token --other-token --s3-endpoint --s3-bucket
        --short-lived-url --max-wait --capability --storage-gate --storage-resolve --allow-network
        --config --target --json""",
    "init": "--profile --ci --schema --force",
    "completion": "",
}
SCREEN = 24


def helped(
    monkeypatch: pytest.MonkeyPatch, name: str, width: int = 80, flag: str = "--help"
) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(width))
    assert shutil.get_terminal_size().columns == width
    result = CliRunner().invoke(cli, [name, flag] if name else [flag])
    assert result.exit_code == 0
    return result.output.splitlines()


@pytest.mark.parametrize("name", PROMISED)
def test_each_promised_flag_exists(name: str) -> None:
    flags = {flag for option in cli.commands[name].params for flag in option.opts}

    assert set(PROMISED[name].split()) <= flags


def test_each_flag_of_run_is_a_setting_with_a_variable() -> None:
    options = [param for param in cli.commands["run"].params if isinstance(param, click.Option)]

    assert {option.name for option in options} == {setting.name for setting in SETTINGS}
    for setting in SETTINGS:
        bare = setting.flag.strip("-").replace("-", "_")
        assert setting.variable == f"CONFORMANCE_{bare.upper()}"


def test_each_flag_of_run_is_a_key_of_the_file_but_those_that_choose_it() -> None:
    choosing = {"config", "target", "targets_from", "shard"}
    assert {setting.name for setting in SETTINGS if not setting.file} == choosing


@pytest.mark.parametrize("name", PROMISED)
def test_help_fits_a_screen(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert len(helped(monkeypatch, name)) <= SCREEN


def test_the_overview_is_one_line_for_each_command_and_half_a_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert len(helped(monkeypatch, "")) - len(cli.commands) <= SCREEN / 2 + 1


@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize("name", ["", *PROMISED])
def test_help_fits_the_width_save_examples_and_long_flags(
    monkeypatch: pytest.MonkeyPatch, name: str, width: int
) -> None:
    lines = helped(monkeypatch, name, width)

    examples = [line for line in lines if line.startswith(("  conformance ", "  eval "))]
    assert [line for line in lines if len(line) > width and line not in examples] == []


@pytest.mark.parametrize("name", sorted(WITH_SETTINGS))
def test_short_help_names_the_way_to_the_rest(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    short, whole = (helped(monkeypatch, name, flag=flag) for flag in ("--help", "--help-all"))

    assert any("--help-all  " in line for line in short)
    assert len(whole) > 2 * len(short)


def test_options_of_run_stand_in_sections_one_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = helped(monkeypatch, "run", flag="--help-all")

    sections = [line[:-1] for line in lines if re.fullmatch(r"[A-Z][a-z ]+:", line)]
    assert sections == ["Target", "Credentials", "Storage", "Connection", "Effort", "Bounds",
                        "Verdict", "Output", "Examples", "Exit codes"]  # fmt: skip
    for setting in SETTINGS:
        assert (
            sum(setting.flag in line.split() or f"{setting.flag} " in line for line in lines) >= 1
        )
        assert any(setting.help in line for line in lines), setting.name


@pytest.mark.parametrize("name", PROMISED)
def test_every_command_shows_an_example_that_parses(name: str) -> None:
    examples = getattr(cli.commands[name], "examples", ())

    assert examples
    assert all(f"conformance {name}" in example for example in examples)


def test_help_of_run_tells_every_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = helped(monkeypatch, "run", flag="--help-all")

    assert {code for code, _ in EXIT_CODES} == {0, 1, 2, 3, 4, 5, 130}
    assert all(f"  {code}  {meaning}" in lines for code, meaning in EXIT_CODES)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["runn"], "no command 'runn'; did you mean run?"),
        (["zzzz"], "no command 'zzzz'"),
        (["run", "feedhiv"], "choose one of feedhive, hayon; did you mean feedhive?"),
        (["run", "feedhive", "--tokn", "t"], "--token"),
        (["list", "faults", "hayn"], "did you mean hayon?"),
        (["serve", "feedhive", "--fault", "delete-keeps-the-byte"],
         "did you mean delete-keeps-the-bytes?"),
        (["serve", "hayon", "--variant", "zzz"], "no fault or variant 'zzz'"),
        (["selftest", "feedhive", "--only", "delete-keeps-the-byte"],
         "did you mean delete-keeps-the-bytes?"),
        (["explain", "FH-COMPLET-11"], "did you mean FH-COMPLETE-11?"),
        (["explain", "fh-complet-11"], "did you mean FH-COMPLETE-11?"),
        (["re"], "did you mean report or replay?"),
        (["selftest", "hayon", "--out", "no/such/matrix.json"], "--out no/such/matrix.json cannot"),
        (["run", "hayon", "--config", "."], "the settings file . cannot be read: Is a directory"),
    ],
)  # fmt: skip
def test_a_slip_gets_one_line_with_the_word_that_was_meant(
    command: Command, arguments: list[str], words: str
) -> None:
    done = command(*arguments)

    assert done.returncode == 2, done.stdout + done.stderr
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_misspelled_variable_is_noticed(command: Command) -> None:
    done = command("run", "feedhive", CONFORMANCE_BASEURL="http://127.0.0.1:1")

    assert done.returncode == 2
    first, second = done.stderr.splitlines()
    assert first.endswith(
        "CONFORMANCE_BASEURL is not a setting; did you mean CONFORMANCE_BASE_URL?"
    )
    assert second.startswith("conformance: no target")


def test_the_version_is_that_of_kit_and_catalogues(command: Command) -> None:
    lines = command("--version").stdout.splitlines()

    assert re.fullmatch(r"conformance \d+\.\d+\.\d+\S*", lines[0])
    assert [line.split()[:2] for line in lines[1:]] == [["feedhive", "catalogue"],
                                                        ["hayon", "catalogue"]]  # fmt: skip
