"""The hooks of mkdocs: add the generated pages, and refuse to fetch from another host."""

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
#: What a browser would fetch by itself; a link that a reader may follow does not match.
#: For an element of the class `mermaid`, the theme's script would fetch a library.
_FETCHED = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*\bsrc=[\"']?(?:https?:)?//[^\"'\s>]+"
    r"|<link\b(?![^>]*\brel=[\"']?canonical)[^>]*\bhref=[\"']?(?:https?:)?//[^\"'\s>]+"
    r"|<\w+\b[^>]*\bclass=[\"']?mermaid\b"
)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the generated pages into the navigation, at the empty entries of the configuration."""
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
    """Replace each `<!-- generated: NAME -->` by the table with that name."""

    def table(asked: re.Match[str]) -> str:
        if asked[1] not in interface.INSERTS:
            raise PluginError(f"{page.file.src_uri} asks for an unknown table: {asked[1]!r}")
        return interface.INSERTS[asked[1]]()

    return _INSERT.sub(table, markdown)


def on_post_page(output: str, page: Page, **_: object) -> str:
    """Refuse a page that would fetch anything from another host when it is opened."""
    foreign = _FETCHED.findall(output)
    if foreign:
        raise PluginError(f"{page.file.src_uri} fetches from another host: {foreign[0]}")
    return output
