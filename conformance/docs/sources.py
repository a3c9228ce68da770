"""Writes the sources of the site into a folder: written pages, generated pages and settings.

Zensical builds what is in such a folder. It runs no code of ours, so everything that is made from
the code and the catalogues is written before.
"""

from __future__ import annotations

import re
import shutil
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from conformance.docs import commands, interface
from conformance.docs.catalogue import Handbook
from conformance.model.profile import Profile, profile_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: The settings of the site, beside the folder of its pages.
SETTINGS = "mkdocs.yml"
_HERE = Path(__file__).parent
_INSERT = re.compile(r"^<!-- generated: ([\w-]+) -->$", re.MULTILINE)


def write(folder: Path) -> list[str]:
    """Write the whole source of the site.

    Args:
        folder: An empty folder; it gets the settings, and the folder `pages`.

    Returns:
        The path of every page, relative to `pages`.

    Raises:
        LookupError: A page asks for a table that does not exist.
    """
    pages = folder / "pages"
    shutil.copytree(_HERE / "pages", pages)
    for path, text in generated():
        (pages / path).parent.mkdir(parents=True, exist_ok=True)
        (pages / path).write_text(text, encoding="utf-8")
    for page in pages.rglob("*.md"):
        page.write_text(filled(page.read_text(encoding="utf-8"), page.name), encoding="utf-8")
    (folder / SETTINGS).write_text(yaml.safe_dump(settings(), sort_keys=False), encoding="utf-8")
    return sorted(page.relative_to(pages).as_posix() for page in pages.rglob("*.md"))


def generated() -> Iterator[tuple[str, str]]:
    """Yield the path and the Markdown of each page that is made from code and catalogues."""
    return chain(commands.pages(), *(book.pages() for book in _handbooks()))


def _handbooks() -> list[Handbook]:
    return [Handbook(Profile.load(name)) for name in profile_names()]


def filled(markdown: str, page: str) -> str:
    """Replace each `<!-- generated: NAME -->` of a page by the table with that name."""

    def table(asked: re.Match[str]) -> str:
        if asked[1] not in interface.INSERTS:
            raise LookupError(f"{page} asks for an unknown table: {asked[1]!r}")
        return interface.INSERTS[asked[1]]()

    return _INSERT.sub(table, markdown)


def settings() -> dict[str, Any]:
    """Return the settings of the site, with the generated pages in the navigation."""
    document: dict[str, Any] = yaml.safe_load((_HERE / SETTINGS).read_text(encoding="utf-8"))
    room = {
        "Command line": commands.navigation(),
        "Requirements": [{book.title: book.navigation()} for book in _handbooks()],
    }
    _fill(document["nav"], room)
    return document


def _fill(nav: list[Any], room: Mapping[str, list[Any]]) -> None:
    """Put the generated pages at the empty entries of the navigation."""
    for part in nav:
        for title, inner in part.items() if isinstance(part, dict) else ():
            if inner == [] and title in room:
                part[title] = room[title]
            elif isinstance(inner, list):
                _fill(inner, room)
