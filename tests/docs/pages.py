"""All pages of the documentation: README, CONTRIBUTING, the written and the generated pages."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import conformance
from conformance.docs import sources

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(conformance.__file__).parents[1]
FOLDER = ROOT / "conformance" / "docs" / "pages"

_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
_CALL = re.compile(r"(?:^|[\s$])(?:media-)?conformance (?=[a-z-])(.*)", re.MULTILINE)
#: The pages that a reader finds in the repository.
_REPOSITORY = {"README.md": "README.md", "CONTRIBUTING.md": ".github/CONTRIBUTING.md"}


@cache
def written() -> dict[str, str]:
    """Return the pages that people wrote, with their tables filled in, by path."""
    pages = {path.relative_to(FOLDER).as_posix(): path for path in FOLDER.rglob("*.md")}
    pages |= {name: ROOT / path for name, path in _REPOSITORY.items()}
    return {
        name: sources.filled(path.read_text("utf-8"), name) for name, path in sorted(pages.items())
    }


@cache
def everything() -> dict[str, str]:
    """Return all pages by path."""
    return {**written(), **dict(sources.generated())}


@cache
def of_the_site() -> dict[str, str]:
    """Return the pages of the site by path: all but those of the repository."""
    return {path: page for path, page in everything().items() if path not in _REPOSITORY}


def fences(page: str) -> list[tuple[str, str]]:
    """Return the fenced blocks of a page: language and body."""
    return [(found[1], found[2]) for found in _FENCE.finditer(page)]


def calls(page: str) -> Iterator[tuple[list[str], bool]]:
    """Yield the arguments of every call of `conformance`, and whether it is inside a sentence."""
    for _, body in fences(page):
        for found in _CALL.finditer(body.replace("\\\n", " ")):
            if "[OPTIONS]" not in found[1]:  # a usage line, made by click itself
                yield _words(found[1]), False
    for span in _SPAN.findall(_FENCE.sub("", page)):
        for found in _CALL.finditer(" ".join(span.split())):
            yield _words(found[1]), True


def _words(line: str) -> list[str]:
    """Split a line as a shell does, up to its first redirection, pipe or `&`."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for word in lexer:
        if set(word) <= set("<>|&;()"):
            break
        words.append(word)
    return words
