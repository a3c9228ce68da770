"""Guidance is read strictly, and every requirement has complete guidance."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from conformance.model.guidance import Guidance, load_guidance
from conformance.model.profile import Profile, profile_names, specs_folder
from conformance.problem import KitFault

if TYPE_CHECKING:
    from pathlib import Path

SHARED = """
[family.twins]
applies_to = ["A-1", "A-2"]
accepted = "anything"
causes = ["shared cause"]
fixes = ["shared fix"]

[A-2]
tested = "by hand"
causes = ["own cause"]
fixes = ["own fix"]

[A-3]
tested = "alone"
"""

each_profile = pytest.mark.parametrize("name", profile_names())


def written(folder: Path, text: str) -> Path:
    path = folder / "guidance.toml"
    path.write_text(text, encoding="utf-8")
    return path


def guidance_of(name: str) -> dict[str, Guidance]:
    return load_guidance(specs_folder() / name / "guidance.toml")


def test_a_family_provides_the_fields_that_its_members_leave_out(tmp_path: Path) -> None:
    found = load_guidance(written(tmp_path, SHARED))

    assert found["A-1"].causes == ("shared cause",)
    assert found["A-2"] == Guidance("anything", "by hand", "", ("own cause",), ("own fix",))
    assert list(found["A-2"].remedies) == [("own cause", "own fix")]
    assert found["A-3"].accepted == ""


def test_a_profile_without_guidance_has_none(tmp_path: Path) -> None:
    assert load_guidance(tmp_path / "guidance.toml") == {}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[A-1]\ntested = ""', "tested of A-1 is empty"),
        ('[A-1]\ncauses = []\nfixes = ["m"]', "causes of A-1 is empty"),
        ('[A-1]\ncauses = ["c", " "]\nfixes = ["m", "n"]', "causes of A-1 is empty"),
        ('[A-1]\ncauses = ["c", "d"]\nfixes = ["m"]', "A-1: causes: 2, but fixes: 1"),
        ('[A-1]\ncauses = ["c"]', "A-1: causes: 1, but fixes: 0"),
        ('[A-1]\ncauses = "c"\nfixes = ["m"]', "causes of A-1 is not text"),
        ("[A-1]\ntested = 7", "tested of A-1 is not text"),
        ('[A-1]\ncause = "c"', "A-1 has an unknown field 'cause'"),
        ("A-1 = 7", "A-1 is not a table"),
        ("[A-1", "guidance.toml of"),
        (
            '[family.f]\napplies_to = ["A-1"]\n[family.g]\napplies_to = ["A-1"]',
            "A-1 is in two families",
        ),
    ],
)
def test_invalid_guidance_is_a_fault_of_the_kit(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(KitFault, match=r"guidance\.toml of .* is not valid") as caught:
        load_guidance(written(tmp_path, text))

    assert fault in str(caught.value)


@each_profile
def test_each_requirement_has_guidance_and_no_other_id_has(name: str) -> None:
    assert set(guidance_of(name)) == {row.id for row in Profile.load(name).catalogue}


@each_profile
def test_guidance_of_a_testable_requirement_says_what_is_accepted_and_tested(name: str) -> None:
    guidance = guidance_of(name)

    for row in Profile.load(name).catalogue:
        found = guidance[row.id]
        assert 1 <= len(found.causes) <= 4, row.id
        if row.has_cases:
            assert found.accepted, row.id
            assert found.tested, row.id


@each_profile
def test_guidance_names_only_requirements_that_exist(name: str) -> None:
    catalogue = Profile.load(name).catalogue
    prefix = next(iter(catalogue)).id.partition("-")[0]

    for requirement, found in guidance_of(name).items():
        texts = (found.accepted, found.tested, found.ambiguity, *found.causes, *found.fixes)
        named = set(re.findall(rf"{prefix}-[A-Z0-9-]*[A-Z0-9]", " ".join(texts)))
        assert all(word in catalogue for word in named), f"{requirement} names {named}"
