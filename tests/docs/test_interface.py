"""The reference of the interface holds all of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from conformance.docs import interface
from conformance.problem import KitFault, TargetProblem, UsageProblem
from conformance.profile import specs_folder
from conformance.settings import SETTINGS

if TYPE_CHECKING:
    import pytest


def test_every_command_stands_with_its_options_and_help() -> None:
    page = interface.command_line()

    for path, command in interface.commands():
        assert f"## `{' '.join(path)}`" in page
        for option in command.params:
            if isinstance(option, click.Option):
                assert f"`{option.opts[0]}`" in page


def test_what_a_help_text_sets_apart_stays_as_it_is() -> None:
    page = interface.command_line()

    assert "```sh\nconformance run feedhive --reference\n" in page
    assert "  130  interrupted, after clean-up\n```" in page
    assert "\b" not in page


def test_every_setting_stands_with_its_variable_and_default() -> None:
    table = interface.settings_table()

    for setting in SETTINGS:
        assert f"| `{setting.flag}`<br>`{setting.variable}` |" in table
    assert "| `quick` or `standard` or `thorough` | `standard` |" in table
    assert "| true or false | `false` |" in table
    assert "| number | `5` |" in table


def test_pytest_options_are_those_of_the_plugin(pytestconfig: pytest.Config) -> None:
    rows = interface.pytest_table().splitlines()[2:]

    for row in rows:
        option = row.split("`")[1]
        assert pytestconfig.getoption(option[2:].replace("-", "_"), "absent") != "absent"
    assert len(rows) == sum(setting.pytest for setting in SETTINGS)


def test_exit_codes_are_those_of_the_problems() -> None:
    codes = set(interface.exit_codes())

    assert {UsageProblem.exit_code, TargetProblem.exit_code, KitFault.exit_code} < codes
    assert f"| {UsageProblem.exit_code} | usage or configuration" in interface.exit_code_table()


def test_every_member_of_the_report_stands_in_its_place() -> None:
    table = interface.report_table()
    schema = json.loads((specs_folder() / "report.schema.json").read_text(encoding="utf-8"))

    for name in schema["properties"]:
        assert f"| `{name}` |" in table
    assert "| `requirements[].evidence[].expected` | string |" in table
    assert "`not-applicable`" in table


def test_the_action_stands_with_all_its_inputs() -> None:
    table = interface.action_table()

    assert "| `profile` |" in table
    assert "| `verdict` |" in table
