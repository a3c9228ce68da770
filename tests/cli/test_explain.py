"""`conformance explain`: everything about one requirement, on any terminal."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

import pytest

from conformance.cli.explain import print_explanation
from conformance.cli.explanation import Explanation
from conformance.model.guidance import load_guidance
from conformance.model.profile import Profile, profile_names, specs_folder
from conformance.reports.terminal.console import Console

if TYPE_CHECKING:
    from tests.conftest import Command

FAULTS = "conformance.servers.reference"


def printed(requirement: str, capsys: pytest.CaptureFixture[str], width: int = 80) -> str:
    print_explanation(Explanation.of(requirement), Console(width=width))
    return capsys.readouterr().out


@pytest.fixture(scope="module")
def every_requirement() -> list[Explanation]:
    """Explain each requirement, on one collection of the cases."""
    case = ("a.py::test_case[x]",)
    return [
        Explanation(name, row, guidance[row.id], case, ())
        for name in profile_names()
        for guidance in [load_guidance(specs_folder() / name / "guidance.toml")]
        for row in Profile.load(name).catalogue
    ]


def test_everything_is_printed_in_a_fixed_order(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = printed("FH-COMPLETE-12", capsys)

    headings = [line for line in text.splitlines() if line and not line.startswith(" ")]
    assert headings == [
        "FH-COMPLETE-12  MUST  complete_upload",
        "An object of another content type cannot be completed",
        "Promise",
        "Source",
        "How we read it",
        "What is accepted",
        "How it is tested",
        "Oracles that judge it on every answer",
        "Usual causes and fixes",
        "Faults of the reference server that break it",
    ]
    assert re.search(r"test_complete_refuses_an_object_of_another_type \(\d rows\)", text)
    assert "any-stored-type-completes: Complete does not check" in text


def test_an_informative_requirement_says_why_no_case_proves_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = printed("FH-COMPLETE-13", capsys)

    assert "Why no case proves it" in text
    assert "would fail one of the two" in " ".join(text.split())
    assert "How it is tested" not in text


def test_a_requirement_that_needs_more_names_the_flag(capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(printed("fh-complete-07", capsys).split())

    assert "Needs wait: pass --short-lived-url or --max-wait" in text


@pytest.mark.parametrize("width", [40, 80])
def test_every_explanation_fits_its_terminal(
    every_requirement: list[Explanation], capsys: pytest.CaptureFixture[str], width: int
) -> None:
    for explanation in every_requirement:
        print_explanation(explanation, Console(width=width))

    for line in capsys.readouterr().out.splitlines():
        assert len(line) <= width or " " not in line.strip(), line


def test_without_the_reference_extra_no_faults_are_listed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, FAULTS, None)

    text = printed("FH-COMPLETE-11", capsys)

    assert 'To list them: pip install "media-conformance[reference]"' in text
    assert "empty-objects-complete" not in text


def test_it_comes_as_json(command: Command) -> None:
    done = command("explain", "hy-put-05", "--json")

    found = json.loads(done.stdout)
    assert found["id"] == "HY-PUT-05"
    assert found["needs"] == ["wait"]
    assert len(found["causes"]) == len(found["fixes"]) > 0
    assert found["faults"][0]["name"] == "upload-url-never-expires"
    assert any("test_an_expired_upload_url_is_refused" in case for case in found["cases"])


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("fh-complete-1l", "did you mean FH-COMPLETE-1"),
        (
            "FH-DEL",
            "did you mean FH-DELETE-01 or FH-DELETE-02 or FH-DELETE-03? (21 begin like that)",
        ),
        ("HYPUT-01", "did you mean HY-PUT-01"),
        ("", "`conformance list requirements PROFILE` shows them all"),
        ("🌅", "`conformance list requirements PROFILE` shows them all"),
    ],
)
def test_an_unknown_id_gets_a_hint(command: Command, text: str, hint: str) -> None:
    done = command("explain", text)

    assert done.returncode == 2
    assert hint in done.stderr
    assert len(done.stderr.splitlines()) == 1
