"""What the documentation names exists: commands, flags, variables, requirements, keys."""

from __future__ import annotations

import re
import tomllib
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click
import pytest

from conformance.cli import cli
from conformance.configuration import configuration_file
from conformance.docs import interface
from conformance.profile import Profile, profile_names
from conformance.settings import BY_NAME, SETTINGS
from conformance.verdict import Outcome, Verdict
from tests.docs import pages

if TYPE_CHECKING:
    from pathlib import Path

#: Flags of other tools that the pages name.
FOREIGN = {
    *("--pyargs", "--lf"),  # pytest
    *("--request", "--url", "--header", "--data-raw"),  # curl
    *("--file", "--tag", "--rm", "--network", "--env", "--volume"),  # docker
    "--port",  # the reader's own server
}

#: Commands, flags and keys that are still on their way; a page may speak of them already.
COMING = {"diff", "replay", "doctor", "init", "--strict-waivers", "--baseline", "--profile", "--ci"}


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
    if set(words) & COMING and not set(words) & COMING <= known_words():
        pytest.skip("is still on its way")
    parsed(words, whole=not in_sentence)


def known_words() -> set[str]:
    flags = {flag for _, command in interface.commands() for p in command.params for flag in p.opts}
    return flags | {word for path, _ in interface.commands() for word in path}


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
    known = known_words() | COMING
    known |= {f"--conformance-{setting.flag[2:]}" for setting in SETTINGS} | {"--help", "--version"}

    named = set(re.findall(r"(?<![\w-])--[a-z0-9][a-z0-9-]+", pages.written()[path]))

    assert named - FOREIGN <= known


@pytest.mark.parametrize("path", pages.written())
def test_each_variable_it_names_exists(path: str) -> None:
    known = {setting.variable for setting in SETTINGS}
    known |= {"CONFORMANCE_REFERENCE", "CONFORMANCE_START", "CONFORMANCE_"}

    assert set(re.findall(r"CONFORMANCE_[A-Z0-9_]*", pages.written()[path])) <= known


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
def test_a_settings_file_is_one_that_the_kit_takes(body: str, tmp_path: Path) -> None:
    if "[[waivers]]" in body and not find_spec("conformance.waiver"):
        pytest.skip("waivers are still on their way")
    file = tmp_path / "conformance.toml"
    file.write_text(body, encoding="utf-8")
    targets = tomllib.loads(body).get("targets", {})
    target = "staging" if "staging" in targets else None

    layer = configuration_file(str(file), target)

    for name, value in targets.get(target, {}).items():
        given = layer(BY_NAME[name])
        assert (list(given) if isinstance(value, list) else given) == value


def test_every_outcome_and_verdict_is_explained() -> None:
    page = pages.written()["reference/outcomes.md"]

    for word in (*Outcome, *Verdict):
        assert f"| `{word}` |" in page
