"""`conformance list`: for people on a terminal, for pipes, and for programs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from conformance.cli import listing
from conformance.cli.list import LISTS
from conformance.cli.listing import Selection, listed
from conformance.model.profile import Profile
from conformance.problem import UsageProblem
from conformance.reports.terminal.console import Console, print_rows

if TYPE_CHECKING:
    from tests.conftest import Command

ROWS = [["FH-1", "MUST", "a title that is rather long for a narrow terminal"], ["FH-22", "S", "b"]]


def test_a_pipe_gets_one_line_a_row_without_control_characters(command: Command) -> None:
    done = command("list", "requirements", "feedhive")

    catalogue = Profile.load("feedhive").catalogue
    lines = done.stdout.splitlines()
    assert len(lines) == len(catalogue)
    assert all(line.startswith(row.id) for line, row in zip(lines, catalogue, strict=True))
    assert all(line.endswith(row.title) for line, row in zip(lines, catalogue, strict=True))
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("width", [30, 80])
def test_a_terminal_is_not_overrun(capsys: pytest.CaptureFixture[str], width: int) -> None:
    print_rows(Console(width=width, force_terminal=True, color_system=None), ROWS)

    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= width for line in lines)
    assert (lines[0].strip() == "FH-1   MUST") == (width == 30)


@pytest.mark.parametrize("what", ["requirements", "cases", "statements", "faults"])
def test_filters_leave_only_what_concerns_the_operation(what: str) -> None:
    profile = Profile.load("feedhive")
    wanted = {row.id for row in profile.catalogue if row.operation == "delete_media"}

    rows = listed(what, profile, Selection(operation="delete_media"))

    assert 0 < len(rows) < len(listed(what, profile, Selection()))
    for row in rows:
        assert wanted & {row.get("id"), row.get("requirement"), *row.get("requirements", ())}


def test_filters_narrow_each_other() -> None:
    profile = Profile.load("feedhive")

    rows = listed("requirements", profile, Selection("SHOULD", "put_object"))

    assert [row["id"] for row in rows] == ["FH-PUT-04", "FH-PUT-10", "FH-PUT-11"]


def test_programs_get_json(command: Command) -> None:
    done = command("list", "statements", "hayon", "--json", "--level", "must")

    rows = json.loads(done.stdout)
    assert rows[0]["requirements"]
    assert set(rows[0]) == {"statement", "label", "requirements", "reason"}


def test_the_command_names_the_lists_that_there_are() -> None:
    assert set(LISTS) == set(listing.LISTS)


def test_variants_are_listed(command: Command) -> None:
    done = command("list", "variants", "hayon")

    assert "clock-ahead" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["requirements", "feedhive", "--operation", "put"], "choose one of create_upload, put_"),
        (["cases", "feedhive", "--operation", "put"], "did you mean put_object?"),
        (["requirements", "feedhive", "--level", "MAY"], "MAY"),
        (["variants", "feedhive", "--level", "MUST"], "variants do not break a requirement"),
        (["requirement", "feedhive"], "requirement"),
        (["cases", "hayon", "--level", "MUST", "--operation", "create_post"], "no cases of hayon"),
    ],
)
def test_bad_filters_get_one_clear_line(command: Command, arguments: list[str], words: str) -> None:
    done = command("list", *arguments)

    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_the_reference_extra_faults_say_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "conformance.servers.reference", None)

    with pytest.raises(UsageProblem, match=r"pip install .media-conformance\[reference\]"):
        listed("faults", Profile.load("feedhive"), Selection())


def test_oracles_are_listed_with_their_sentence_and_their_rows(command: Command) -> None:
    done = command("list", "oracles", "hayon")

    line = next(line for line in done.stdout.splitlines() if line.startswith("keys-differ"))
    assert "Two answers never contain the same key" in line
    assert line.endswith("HY-UPLOAD-14, HY-UPLOAD-16, HY-UPLOAD-28")
