"""What the documentation names exists: commands, flags, variables, requirements, keys."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import click
import pytest

from conformance.cli.main import cli
from conformance.docs import commands, interface
from conformance.model.evidence import Outcome
from conformance.model.profile import Profile, profile_names
from conformance.model.run import Verdict
from conformance.model.waiver import WaiverState
from conformance.reports.formats import FORMATS
from conformance.settings.file import CREDENTIALS, configuration_file, configured_waivers
from conformance.settings.table import BY_NAME, SETTINGS
from tests.docs import pages

if TYPE_CHECKING:
    from pathlib import Path

#: Flags of other tools that the pages name.
FOREIGN = {
    *("--pyargs", "--lf"),  # pytest
    *("--request", "--url", "--header", "--data-raw"),  # curl
    *("--file", "--tag", "--rm", "--network", "--env", "--volume"),  # docker
    "--port",  # the reader's own server
    *("--config-file", "--path"),  # schemathesis, openapi-python-client
}


def parsed(arguments: list[str], *, whole: bool) -> None:
    """Hold a command line against the real commands; raises `click.UsageError`."""
    command: click.Command = cli
    words = list(arguments)
    name = "conformance"
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.commands.get(words[0])
        if found is None:
            raise click.UsageError(f"no command {words[0]!r}")
        name, command = words.pop(0), found
    try:
        command.make_context(name, words)
    except click.MissingParameter:
        if whole:
            raise
    except click.exceptions.Exit:
        return  # --help and --version


def lines() -> list[pytest.param]:  # type: ignore[valid-type]
    found: dict[str, tuple[list[str], bool]] = {}
    for path, page in pages.everything().items():
        for words, in_sentence in pages.calls(page):
            found.setdefault(f"{path}: {' '.join(words)}", (words, in_sentence))
    return [pytest.param(*call, id=name) for name, call in found.items()]


@pytest.mark.parametrize(("words", "in_sentence"), lines())
def test_a_command_line_parses(words: list[str], *, in_sentence: bool) -> None:
    parsed(words, whole=not in_sentence)


@pytest.mark.parametrize(
    "line",
    [
        "run feedhive --bogus",
        "nosuch feedhive",
        "run",
        "run feedhive --effort huge",
        "serve feedhive --port door",
    ],
)
def test_a_command_line_that_is_wrong_is_noticed(line: str) -> None:
    ((words, in_sentence),) = pages.calls(f"```sh\nconformance {line}\n```\n")

    with pytest.raises(click.UsageError):
        parsed(words, whole=not in_sentence)


def test_commands_are_found_wherever_they_stand() -> None:
    page = (
        "Say `conformance explain FH-1` or:\n\n```sh\nconformance serve hayon > file &\n"
        "conformance run a \\\n    --strict  # why\n```\n\n```yaml\n- run: conformance run b\n```\n"
    )

    assert [" ".join(words) for words, _ in pages.calls(page)] == [
        "serve hayon",
        "run a --strict",
        "run b",
        "explain FH-1",
    ]


@pytest.mark.parametrize("path", pages.written())
def test_each_flag_it_names_exists(path: str) -> None:
    known = {flag for _, one in commands.commands() for p in one.params for flag in p.opts}
    known |= set(re.findall(r"`(--conformance-[a-z0-9-]+)`", interface.pytest_table()))

    named = set(re.findall(r"(?<![\w-])--[a-z0-9][a-z0-9-]+", pages.written()[path]))

    assert named - FOREIGN <= known | {"--help", "--help-all", "--version"}


@pytest.mark.parametrize("path", pages.written())
def test_each_variable_it_names_exists(path: str) -> None:
    known = {setting.variable for setting in SETTINGS} | {"CONFORMANCE_"}

    assert set(re.findall(r"CONFORMANCE_[A-Z0-9_]*", pages.written()[path])) <= known


@pytest.mark.parametrize("path", pages.written())
def test_each_ini_key_it_names_exists(path: str) -> None:
    known = set(re.findall(r"`(conformance_[a-z0-9_]+)`", interface.pytest_table()))
    known |= {"conformance_target"}  # the fixture

    assert set(re.findall(r"\bconformance_[a-z0-9_]+", pages.written()[path])) <= known


@pytest.mark.parametrize("path", pages.written())
def test_each_requirement_it_names_exists(path: str) -> None:
    known = {row.id for name in profile_names() for row in Profile.load(name).catalogue}

    assert set(re.findall(r"\b(?:FH|HY)-[A-Z]+-\w+", pages.written()[path])) <= known


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(body, id=path)
        for path, page in pages.written().items()
        for language, body in pages.fences(page)
        if language == "toml"
    ],
)
def test_a_settings_file_is_one_that_the_kit_takes(
    body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "conformance.toml"
    file.write_text(body, encoding="utf-8")
    document = tomllib.loads(body)
    targets = document.get("targets", {})
    target = "staging" if "staging" in targets else next(iter(targets), None)

    layer = configuration_file(str(file), target)
    waivers = configured_waivers(str(file), target)

    assert len(waivers) == len(document.get("waivers", ()))
    for name, value in targets.get(target, {}).items():
        if name.endswith("_env"):
            monkeypatch.setenv(value, "a token")
            assert layer(BY_NAME[name.removesuffix("_env")]) == "a token"
        elif name not in CREDENTIALS:
            given = layer(BY_NAME[name])
            assert (list(given) if isinstance(value, list) else given) == value


def test_every_state_of_a_waiver_is_explained() -> None:
    page = pages.written()["guides/waivers.md"]

    for state in WaiverState:
        row = next(line for line in page.splitlines() if line.startswith(f"| `{state}` |"))
        assert row.endswith("| yes |") == state.needs_care


def test_every_file_of_a_report_is_explained() -> None:
    page = pages.written()["guides/reports.md"]

    for made in FORMATS.values():
        named = f"| `{made.file}` | `{made.name}` |" if made.file else f"--format {made.name}"
        assert named in page


def test_every_outcome_and_verdict_is_explained() -> None:
    page = pages.written()["reference/outcomes.md"]

    for word in (*Outcome, *Verdict):
        assert f"| `{word}` |" in page
