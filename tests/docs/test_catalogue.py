"""Each requirement has a page that shows everything the kit knows about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.docs import catalogue, markdown
from conformance.docs.catalogue import Handbook
from conformance.model.guidance import load_guidance
from conformance.model.profile import Profile, profile_names, specs_folder
from conformance.model.requirement import Catalogue, Level, Requirement, Source
from conformance.servers.reference import FAULTS, UNBREAKABLE
from tests.docs import pages

if TYPE_CHECKING:
    from pathlib import Path


def page(requirement: str, profile: str = "feedhive") -> str:
    return pages.everything()[f"reference/requirements/{profile}/{requirement}.md"]


@pytest.mark.parametrize("name", profile_names())
def test_each_requirement_has_a_page_that_the_navigation_leads_to(name: str) -> None:
    book = Handbook(Profile.load(name))

    written = dict(book.pages())
    led_to = str(book.navigation())

    assert {f"{book.folder}/{row.id}.md" for row in book.profile.catalogue} < set(written)
    assert all(f"'{path}'" in led_to for path in written)


@pytest.mark.parametrize("name", profile_names())
def test_each_page_says_how_its_requirement_is_tested_or_why_not(name: str) -> None:
    for row in Profile.load(name).catalogue:
        text = page(row.id, name)

        assert ("## How it is tested" in text) != ("## Why no case proves it" in text), row.id
        assert "## Servers that break it" in text, row.id
        # Good practice asks for some SHOULD rows that no sentence of the documents holds.
        assert "## Where it comes from" in text or row.level is Level.SHOULD, row.id


def test_a_page_shows_the_case_and_its_rows() -> None:
    text = page("FH-CREATE-05")

    name = "test_create_refuses_a_filename_that_is_no_string"
    assert f'??? example "{name}"' in text
    assert "`number`" in text
    assert f"    def {name}(" in text


def test_a_page_names_the_faults_that_break_its_requirement() -> None:
    for fault in FAULTS["hayon"]:
        assert f"`{fault.name}`" in page(fault.requirement, "hayon")
    for requirement, reason in UNBREAKABLE.items():
        profile = "hayon" if requirement.startswith("HY") else "feedhive"
        assert reason in page(requirement, profile)


def test_a_page_names_the_flags_that_verify_its_requirement() -> None:
    assert "`wait`: pass --short-lived-url or --max-wait" in page("HY-PUT-05", "hayon")


def test_guidance_is_shown_where_the_profile_has_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "feedhive"
    folder.mkdir()
    (folder / "guidance.toml").write_text(
        '[family.any]\napplies_to = ["FH-CREATE-01", "FH-CREATE-03"]\naccepted = "any 2xx"\n'
        '[FH-CREATE-01]\naccepted = "200 or 201"\ncauses = ["a typo", "no <bucket>"]\n'
        'fixes = ["spell it", "make one"]\n'
    )
    monkeypatch.setattr(catalogue, "specs_folder", lambda: tmp_path)
    book = Handbook(Profile.load("feedhive"))

    with_guidance = book.requirement(book.profile.catalogue["FH-CREATE-01"])
    without = book.requirement(book.profile.catalogue["FH-CREATE-02"])
    of_family = book.requirement(book.profile.catalogue["FH-CREATE-03"])

    assert "## What is accepted\n\n200 or 201\n" in with_guidance
    assert "| a typo | spell it |\n| no \\<bucket\\> | make one |\n" in with_guidance
    assert "## What is accepted" not in without
    assert "## What is accepted\n\nany 2xx\n" in of_family


@pytest.mark.parametrize("name", profile_names())
def test_each_cause_is_shown_with_its_fix(name: str) -> None:
    for requirement, guidance in load_guidance(specs_folder() / name / "guidance.toml").items():
        for cause, fix in guidance.remedies:
            assert f"| {markdown.text(cause)} | {markdown.text(fix)} |" in page(requirement, name)


def test_words_of_a_catalogue_are_never_read_as_markup() -> None:
    row = Requirement(
        "FH-X-01",
        Level.MUST,
        "A <b>title</b> | with `everything`",
        "[A](link) and *stars*\nand a second line",
        "no_operation",
        Source("a document", "a | section"),
    )
    profile = Profile("feedhive", Catalogue("a document", "1", [row]), ())

    text = Handbook(profile).requirement(row)

    assert r"\<b\>title\</b\> \| with \`everything\`" in text
    assert r"> \[A\](link) and \*stars\* and a second line" in text
    assert r"a \| section (a document)" in text


def test_every_statement_is_listed_with_its_requirements() -> None:
    text = pages.everything()["reference/requirements/feedhive/statements.md"]

    assert text.count("\n| ") == len(Profile.load("feedhive").statements) + 2
    assert "[FH-CREATE-02](FH-CREATE-02.md)" in text
    assert "no requirement: " in text
