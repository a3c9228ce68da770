"""Checks the built site: pages that are missing, links that lead nowhere, foreign hosts."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

#: The attributes through which a browser fetches by itself; a reader follows those of `<a>`.
_FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}


@dataclass
class _Page(HTMLParser):
    """The ids of one page, where its links lead, and what a browser fetches for it."""

    text: str
    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    diagrams: int = 0

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what an element names and what it leads to."""
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if given.get(_FETCHED.get(tag, "")) and given.get("rel") != "canonical":
            self.fetched.append(given[_FETCHED[tag]])
        # For an element of this class, the theme's script would fetch a library.
        self.diagrams += "mermaid" in given.get("class", "").split()


def mistakes(site: Path, pages: Iterable[str]) -> list[str]:
    """Return a line for each mistake of a built site.

    Args:
        site: The folder of the site.
        pages: The sources of its pages, such as `guides/ci.md`.
    """
    found = {
        path.relative_to(site).as_posix(): _Page(path.read_text(encoding="utf-8"))
        for path in sorted(site.rglob("*.html"))
        if path.name != "404.html"
    }
    missing = [page for page in pages if address(page) not in found]
    return [
        *(f"{page} is not in the site" for page in missing),
        *(line for path, page in found.items() for line in _wrong(site, path, page, found)),
    ]


def address(page: str) -> str:
    """Return the path in the site of a page's source."""
    stem = re.sub(r"(^|/)index$", r"\1", page.removesuffix(".md"))
    return f"{stem}index.html" if not stem or stem.endswith("/") else f"{stem}/index.html"


def _wrong(site: Path, path: str, page: _Page, pages: Mapping[str, _Page]) -> Iterator[str]:
    for target in page.fetched:
        if urlsplit(target).netloc:
            yield f"{path} fetches from another host: {target}"
        elif not _leads(site, path, target, pages):
            yield f"{path} shows what does not exist: {target}"
    for target in page.links:
        if not _leads(site, path, target, pages):
            yield f"{path} leads nowhere: {target}"
    if page.diagrams:
        yield f"{path} fetches from another host: a library for its diagrams"


def _leads(site: Path, path: str, target: str, pages: Mapping[str, _Page]) -> bool:
    """Return whether a link of the site leads to a file, and its anchor to an element."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return bool(parts.netloc) or parts.scheme == "mailto"
    if parts.path.startswith("/"):  # the site may stand below any address
        return False
    place = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(parts.path)))
    place = path if not parts.path else place
    if (site / place).is_dir():
        place = posixpath.normpath(f"{place}/index.html")
    if not (site / place).is_file():
        return False
    anchor = unquote(parts.fragment)
    return not anchor or place not in pages or anchor in pages[place].ids
