"""What mkdocs calls while it builds: adds the generated pages, and lets nothing foreign in."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

from conformance.docs import commands, interface
from conformance.docs.catalogue import Handbook
from conformance.model.profile import Profile, profile_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

_INSERT = re.compile(r"^<!-- generated: ([\w-]+) -->$", re.MULTILINE)
#: What a browser would fetch by itself; links that a reader may follow are no part of it.
_FETCHED = re.compile(r"<(?:script|img|iframe|source)\b[^>]*\bsrc=[\"']?(?:https?:)?//[^\"'\s>]+"
                      r"|<link\b(?![^>]*\brel=[\"']?canonical)[^>]*\bhref=[\"']?(?:https?:)?//[^\"'\s>]+"
                      )  # fmt: skip


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the generated pages into the navigation, where the configuration leaves room."""
    books = {book.title: book.navigation() for book in _handbooks()}
    room = {
        "Command line": commands.navigation(),
        "Requirements": [{title: pages} for title, pages in books.items()],
    }
    _fill(config.nav or [], room)
    return config


def _fill(nav: list[Any], room: Mapping[str, list[Any]]) -> None:
    for part in nav:
        for title, inner in part.items() if isinstance(part, dict) else ():
            if inner == [] and title in room:
                part[title] = room[title]
            elif isinstance(inner, list):
                _fill(inner, room)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are generated from the code and the catalogues."""
    generated = chain(commands.pages(), *(book.pages() for book in _handbooks()))
    for path, content in generated:
        files.append(File.generated(config, path, content=content))
    return files


def _handbooks() -> list[Handbook]:
    return [Handbook(Profile.load(name)) for name in profile_names()]


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Fill in the tables that a page asks for by name."""

    def table(asked: re.Match[str]) -> str:
        if asked[1] not in interface.INSERTS:
            raise PluginError(f"{page.file.src_uri} asks for {asked[1]!r}, which nothing generates")
        return interface.INSERTS[asked[1]]()

    return _INSERT.sub(table, markdown)


def on_post_page(output: str, page: Page, **_: object) -> str:
    """Refuse a page that would fetch anything from another host when it is looked at."""
    foreign = _FETCHED.findall(output)
    if foreign:
        raise PluginError(f"{page.file.src_uri} fetches from elsewhere: {foreign[0]}")
    return output
