"""The pages of the commands hold all that their help says."""

from __future__ import annotations

import click
import pytest

from conformance.cli.main import cli
from conformance.docs import commands

PAGES = dict(commands.pages())
NAMES = sorted(cli.commands)


def page(name: str) -> str:
    return PAGES[f"reference/commands/{name}.md"]


@pytest.mark.parametrize("name", NAMES)
def test_a_command_has_a_page_with_its_options_examples_and_exit_codes(name: str) -> None:
    command = cli.commands[name]

    text = page(name)

    assert text.startswith(f"# `conformance {name}`\n")
    for option in command.params:
        if isinstance(option, click.Option) and not option.hidden:
            assert f"`{option.opts[0]}`" in text
    for example in getattr(command, "examples", ()):
        assert f"\n{example}\n" in text
    for code in commands.exit_codes(command):
        assert f"\n| {code} | " in text


def test_the_overview_and_the_navigation_lead_to_every_command() -> None:
    overview = page("index")

    for name in NAMES:
        assert (
            f"| [`conformance {name}`]({name}.md) | {cli.commands[name].short_help or ''}"
            in overview
        )
        assert {name: f"reference/commands/{name}.md"} in commands.navigation()
    assert set(PAGES) == {f"reference/commands/{name}.md" for name in (*NAMES, "index")}


def test_options_stand_in_the_sections_of_the_help() -> None:
    text = page("run")

    assert text.index("## Target\n") < text.index("`--base-url`") < text.index("## Credentials\n")
    assert "## Exit codes\n\n| exit code | meaning |\n" in text
    assert "| 130 | interrupted, after clean-up |" in text


def test_what_a_help_text_sets_apart_stays_as_it_is() -> None:
    command = click.Command("x", help="Does it.\n\n\b\nconformance x one\nconformance x two")

    text = commands.page(("conformance", "x"), command)

    assert "Does it.\n\n```sh\nconformance x one\nconformance x two\n```\n" in text
    assert "\b" not in text
    assert "## " not in text
