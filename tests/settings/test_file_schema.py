"""The published schema of the settings file takes what the reader takes, and nothing else."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import jsonschema
import pytest

from conformance.problem import UsageProblem
from conformance.settings import file_schema
from conformance.settings.file import CREDENTIALS, configuration_file
from conformance.settings.table import SETTINGS

if TYPE_CHECKING:
    from pathlib import Path


def fits(text: str) -> bool:
    validator = jsonschema.Draft202012Validator(file_schema.schema())
    return validator.is_valid(json.loads(json.dumps(tomllib.loads(text), default=str)))


def is_read(text: str, folder: Path) -> bool:
    path = folder / "conformance.toml"
    path.write_text(text, encoding="utf-8")
    try:
        configuration_file(str(path), None)
    except UsageProblem:
        return False
    return True


def test_the_published_file_is_the_one_that_the_settings_give() -> None:
    published = file_schema.path().read_text(encoding="utf-8")

    assert published == file_schema.text(), (
        "run `python -m conformance.settings.file_schema` and commit the file"
    )


def test_it_is_a_schema_itself() -> None:
    jsonschema.Draft202012Validator.check_schema(file_schema.schema())


def test_it_knows_every_setting_of_the_file_with_its_help() -> None:
    keys = file_schema.settings_keys()

    assert set(keys) == {setting.name for setting in SETTINGS if setting.file} | set(CREDENTIALS)
    assert all(key["description"] for key in keys.values())


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("", True),
        ("base_url = 'http://h'\nseed = 3\nread_timeout = 2\nstrict = true", True),
        ("capability = ['posts']\neffort = 'quick'", True),
        ("default_target = 'a'\n[targets.a]\ntoken_env = 'T'\n[targets.b]\nreference = true", True),
        ("other_token_command = 'pass show x'", True),
        ("reference = false\nbase_url = 'http://h'", True),
        ("[[waivers]]\nrequirement = 'FH-LIST-01'\nreason = 'r'\nexpires = 2031-01-01", True),
        ("bse_url = 'http://h'", False),
        ("config = 'x'", False),
        ("seed = '3'", False),
        ("seed = 1.5", False),
        ("strict = 1", False),
        ("capability = 'posts'", False),
        ("effort = 'hard'", False),
        ("token = 't'\ntoken_env = 'T'", False),
        ("reference = true\nstart = 'x'", False),
        ("[targets.a]\nsed = 3", False),
        ("[targets.a]\ntoken_env = 'T'\ntoken_command = 'c'", False),
        ("targets = 'a'", False),
    ],
)
def test_schema_and_reader_agree(tmp_path: Path, text: str, *, good: bool) -> None:
    assert fits(text) is good
    assert is_read(text, tmp_path) is good


@pytest.mark.parametrize(
    "text",
    [
        "[[waivers]]\nrequirement = 'FH-LIST-01'",
        "[[waivers]]\nrequirement = 'FH-LIST-01'\nreason = ''",
        "[[waivers]]\nrequirement = 'FH-LIST-01'\nreason = 'r'\nuntil = 'x'",
        "read_timeout = 0",
        "max_wait = -1",
        "workers = 0",
    ],
)
def test_it_also_refuses_what_is_refused_later(text: str) -> None:
    assert not fits(text)
