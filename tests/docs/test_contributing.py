"""CONTRIBUTING leads to files that exist."""

from __future__ import annotations

import re

import pytest

from conformance.model.profile import profile_names
from tests.docs import pages

PAGE = pages.written()["CONTRIBUTING.md"]


@pytest.mark.parametrize("name", profile_names())
def test_each_path_that_it_names_exists(name: str) -> None:
    named = re.findall(r"`((?:conformance|specs|tests)/[^`]+)`", PAGE)

    assert named
    for path in named:
        assert (pages.ROOT / path.replace("<profile>", name)).exists(), path


@pytest.mark.parametrize("file", [".github/CONTRIBUTING.md", "README.md"])
def test_each_file_that_it_links_to_exists(file: str) -> None:
    folder = (pages.ROOT / file).parent
    links = re.findall(r"\]\(([^)#]+)", (pages.ROOT / file).read_text(encoding="utf-8"))

    for link in links:
        assert "://" in link or (folder / link).exists(), link


def test_its_two_commands_are_those_of_the_readme() -> None:
    commands = [body for language, body in pages.fences(PAGE) if language == "sh"][:2]

    assert all(f"```sh\n{body}```" in pages.written()["README.md"] for body in commands)
