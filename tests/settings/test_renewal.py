"""The command that prints a token again reaches the cases, and its failure is no error."""

from __future__ import annotations

import json
import shlex
import sys
from typing import TYPE_CHECKING

import pytest

from conformance.settings import renewal
from conformance.settings.file import settled, token_commands

if TYPE_CHECKING:
    from pathlib import Path

PRINTS = shlex.join([sys.executable, "-c", "print('fresh-token')"])


def test_a_command_is_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = renewal.exported({"token_command": PRINTS, "token": "old", "seed": 1})
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert renewal.renewed("token") == "fresh-token"
    assert renewal.renewed("other_token") is None


def test_a_command_that_fails_gives_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFORMANCE_TOKEN_COMMAND", shlex.join([sys.executable, "-c", "1/0"]))

    assert renewal.renewed("token") is None


@pytest.mark.parametrize(("flags", "found"), [({}, True), ({"token": "mine"}, False)])
def test_the_command_is_kept_where_it_gave_the_token(
    tmp_path: Path, flags: dict[str, str], *, found: bool
) -> None:
    config = tmp_path / "conformance.toml"
    config.write_text(f"token_command = {json.dumps(PRINTS)}\n")

    given = settled({"config": str(config), "base_url": "http://127.0.0.1:1", **flags})

    assert token_commands(given) == ({"token_command": PRINTS} if found else {})
