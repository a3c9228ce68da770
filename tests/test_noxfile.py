"""The session `conformance` of the noxfile: what it runs, what it installs, how it ends."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import conformance

NOXFILE = Path(conformance.__file__).parents[1] / "noxfile.py"


class CommandFailed(Exception):
    pass


class Aborted(Exception):
    pass


@pytest.fixture
def noxfile(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the names of the noxfile, which runs with a stand-in for nox."""
    monkeypatch.chdir(NOXFILE.parent)
    command, nox = ModuleType("nox.command"), ModuleType("nox")
    vars(command)["CommandFailed"] = CommandFailed
    vars(nox).update(
        session=lambda function: function,
        Session=object,
        command=command,
        options=SimpleNamespace(),
        project=SimpleNamespace(load_toml=lambda path: tomllib.loads(Path(path).read_text())),
    )
    monkeypatch.setitem(sys.modules, "nox", nox)
    monkeypatch.setitem(sys.modules, "nox.command", command)
    names: dict[str, Any] = {"__name__": "noxfile"}
    exec(compile(NOXFILE.read_text(), str(NOXFILE), "exec"), names)  # noqa: S102 - our own file
    return names


class Session:
    """Records what a session does; `codes` are the exit codes of its commands."""

    def __init__(self, *posargs: str, codes: tuple[int, ...] = (0, 0)) -> None:
        self.posargs = list(posargs)
        self.installed: list[str] = []
        self.ran: list[list[str]] = []
        self.said = ""
        self._codes = list(codes)

    def install(self, *packages: str) -> None:
        self.installed += packages

    def run(self, *words: str) -> None:
        self.ran.append(list(words))
        code = self._codes.pop(0)
        if code:
            raise CommandFailed(f"Returned code {code}")

    def log(self, text: str) -> None:
        self.said = text

    def error(self, text: str) -> None:
        self.said = text
        raise Aborted(text)


def done(noxfile: dict[str, Any], session: Session) -> Session:
    noxfile["conformance"](session)
    return session


def test_without_arguments_both_reference_servers_are_tested(noxfile: dict[str, Any]) -> None:
    made = done(noxfile, Session())

    assert made.installed == ["-e", ".[reference]"]
    assert [words[2:4] for words in made.ran] == [["feedhive", "--reference"],
                                                  ["hayon", "--reference"]]  # fmt: skip
    assert made.said == "the exit code of the kit is 0 (feedhive 0, hayon 0)"


def test_leading_flags_go_to_both_profiles(noxfile: dict[str, Any]) -> None:
    made = done(noxfile, Session("--effort", "quick", "--report-dir=out"))

    assert all(words[3:6] == ["--reference", "--effort", "quick"] for words in made.ran)
    assert [words[-1] for words in made.ran] == ["out/feedhive", "out/hayon"]


@pytest.mark.parametrize("flags", [("--base-url", "http://h"), ("--start=./serve",)])
def test_an_outside_target_needs_no_reference_extra(
    noxfile: dict[str, Any], flags: tuple[str, ...]
) -> None:
    both, one = done(noxfile, Session(*flags)), done(noxfile, Session("hayon", *flags))

    assert both.installed == one.installed == ["-e", "."]
    assert not any("--reference" in words for words in (*both.ran, *one.ran))
    assert one.ran == [["conformance", "run", "hayon", *flags]]


@pytest.mark.parametrize(
    ("codes", "code"), [((1, 0), 1), ((0, 5), 5), ((1, 3), 3), ((4, 1), 4), ((2, 3), 2)]
)
def test_the_exit_code_of_the_kit_is_said_last_and_no_run_is_left_out(
    noxfile: dict[str, Any], codes: tuple[int, int], code: int
) -> None:
    session = Session(codes=codes)

    with pytest.raises(Aborted):
        noxfile["conformance"](session)

    each = f"feedhive {codes[0]}, hayon {codes[1]}"
    assert len(session.ran) == 2
    assert session.said == f"the exit code of the kit is {code} ({each}); nox itself ends with 1"
