"""Every page installs the kit in the way of the README, which is the way of the templates."""

from __future__ import annotations

import re

import pytest

from conformance.cli.installation import REQUIREMENT
from tests.docs import pages

_INSTALLS = re.compile(r"pip(?:x)? install (?:-\S+ )*(\"[^\"]+\"|\S+)")
_EXTRA = re.compile(r"\[[\w,]+\]")


def installed(page: str) -> set[str]:
    """Return what the blocks of a page install of this kit, without extras."""
    found = {
        _EXTRA.sub("", words.strip('"'))
        for _, body in pages.fences(page)
        for words in _INSTALLS.findall(body)
    }
    return {words for words in found if words.startswith("media-conformance")}


def test_the_readme_installs_what_the_templates_install() -> None:
    assert installed(pages.written()["README.md"]) == {REQUIREMENT}


@pytest.mark.parametrize("path", pages.everything())
def test_a_page_installs_what_the_readme_installs(path: str) -> None:
    assert installed(pages.everything()[path]) <= installed(pages.written()["README.md"])


def test_another_address_is_noticed() -> None:
    lines = ("x", "-q media-conformance", '"media-conformance[watch] @ y"')
    page = "".join(f"```sh\npip install {line}\n```\n" for line in lines)

    assert installed(page) == {"media-conformance", "media-conformance @ y"}
