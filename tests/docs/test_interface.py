"""The reference of the interface holds all of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.cli.main import cli
from conformance.docs import commands, interface
from conformance.model.profile import specs_folder
from conformance.problem import KitFault, TargetProblem, UsageProblem
from conformance.settings.file import CREDENTIALS
from conformance.settings.table import SETTINGS

if TYPE_CHECKING:
    import pytest


def test_every_setting_stands_with_its_variable_key_and_default() -> None:
    table = interface.settings_table()

    for setting in SETTINGS:
        key = f"<br>`{setting.name}`" if setting.file else ""
        assert f"| `{setting.flag}`<br>`{setting.variable}`{key} |" in table
    assert "| `quick` or `standard` or `thorough` | `standard` |" in table
    assert "| true or false | `false` |" in table
    assert "| number above 0 | `5` |" in table
    assert "| whole number, 1 or more | `1` |" in table


def test_settings_stand_in_the_sections_of_the_help() -> None:
    table = interface.settings_table()

    for section in {setting.section for setting in SETTINGS}:
        assert f"### {section}\n" in table


def test_pytest_options_and_ini_keys_are_those_of_the_plugin(pytestconfig: pytest.Config) -> None:
    table = interface.pytest_table()

    for setting in SETTINGS:
        flag, key = f"--conformance-{setting.flag[2:]}", f"conformance_{setting.name}"
        offered = pytestconfig.getoption(key, "absent") != "absent"
        assert (f"| `{flag}` | `{key}` |" in table) == offered, flag
    assert "| `--conformance-requirement` |  | Only the cases" in table


def test_exit_codes_are_those_of_the_problems() -> None:
    codes = commands.exit_codes(cli.commands["run"])

    assert {UsageProblem.exit_code, TargetProblem.exit_code, KitFault.exit_code} < set(codes)
    assert (
        f"| {UsageProblem.exit_code} | wrong usage or configuration" in interface.exit_code_table()
    )


def test_every_key_that_says_where_a_token_is_stands() -> None:
    table = interface.credential_table()

    for key in CREDENTIALS:
        assert f"| `{key}` |" in table


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
