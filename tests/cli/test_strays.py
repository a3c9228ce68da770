"""A token in the wrong place of a command line is not shown."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from conformance.cli.main import main
from conformance.cli.strays import hidden

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "pl4nted-Secret-0123456789abcdef"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"


@pytest.mark.parametrize("token", [TOKEN, JWT])
@pytest.mark.parametrize(
    "words",
    [
        ["run", "feedhive", "{}"],
        ["run", "{}"],
        ["{}"],
        ["run", "feedhive", "--tokne", "{}"],
        ["run", "feedhive", "--tokne={}"],
        ["run", "feedhive", "--max-wait", "{}"],
        ["run", "feedhive", "--effort={}"],
        ["run", "feedhive", "--base-url", "{}"],
        ["run", "feedhive", "--base-url", "http://127.0.0.1:1/?key={}"],
        ["run", "feedhive", "--header", "{}", "--base-url", "http://127.0.0.1:1", "--token", "t"],
        ["replay", "{}"],
        ["explain", "{}"],
    ],
)
def test_a_stray_token_is_in_no_message(
    words: list[str],
    token: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["conformance", *(word.format(token) for word in words)])

    assert main() == 2

    out = "".join(capsys.readouterr()).lower()
    assert out.startswith("conformance: ")
    assert not any(part in out for part in token.lower().split("."))


@pytest.mark.parametrize(
    "word",
    ["nosuch", "runn", "FH-COMPLETE-11", "test_complete_refuses_an_empty_object", "localhost:1",
     "http://media-17.staging-20261127.example:8000/api", "conformance-report", "./serve",
     "/gone/media-conformance-1000/4f1c2a9d31e20b77/8d1f-main.jsonl"],
)  # fmt: skip
def test_a_word_that_is_no_key_stays_in_its_message(word: str) -> None:
    assert hidden(f"no {word!r}", ["run", word]) == f"no {word!r}"


def test_a_path_stays_in_its_message(tmp_path: Path) -> None:
    path = str(tmp_path / "a-report-20261127-with-0123456789")

    assert hidden(f"{path} cannot be read", ["replay", path]) == f"{path} cannot be read"


def test_a_known_token_is_hidden_wherever_a_message_holds_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CONFORMANCE_OTHER_TOKEN", "an-other")

    assert hidden("an-other, word", ["--token", "word"]) == "[redacted], [redacted]"
