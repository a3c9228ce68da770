"""What mkdocs calls while it builds: adds the generated pages, and lets nothing foreign in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

from conformance.docs import interface
from conformance.docs.catalogue import Handbook
from conformance.profile import Profile, profile_names

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

_INSERT = re.compile(r"^<!-- generated: ([\w-]+) -->$", re.MULTILINE)
#: What a browser would fetch by itself; links that a reader may follow are no part of it.
_FETCHED = re.compile(r"<(?:script|img|iframe|source)\b[^>]*\bsrc=[\"']?(?:https?:)?//[^\"'\s>]+"
                      r"|<link\b(?![^>]*\brel=[\"']?canonical)[^>]*\bhref=[\"']?(?:https?:)?//[^\"'\s>]+"
                      )  # fmt: skip


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put every requirement's page into the navigation, where the configuration leaves room."""
    handbooks = [Handbook(Profile.load(name)) for name in profile_names()]
    for part in config.nav or []:
        if isinstance(part, dict) and "Requirements" in part:
            part["Requirements"] = [{book.title: book.navigation()} for book in handbooks]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are generated from the code and the catalogues."""
    files.append(
        File.generated(config, "reference/command-line.md", content=interface.command_line())
    )
    for name in profile_names():
        for path, content in Handbook(Profile.load(name)).pages():
            files.append(File.generated(config, path, content=content))
    return files


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
