"""Writes Markdown: tables, code, and text in which nothing is read as markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MARKUP = re.compile(r"([\\`*_{}\[\]<>|#])")


def text(plain: str) -> str:
    """Return the text with all Markdown and HTML markup escaped."""
    return _MARKUP.sub(r"\\\1", " ".join(plain.split()))


def code(plain: str) -> str:
    """Return a code span; the text may contain backticks."""
    fence = "``" if "`" in plain else "`"
    pad = " " if "`" in plain else ""
    return f"{fence}{pad}{plain}{pad}{fence}"


def block(plain: str, language: str = "text") -> str:
    """Return a fenced block."""
    return f"```{language}\n{plain.rstrip()}\n```\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; the cells are already Markdown, and a pipe never splits a cell."""
    lines = [_row(heads), _row(["---"] * len(heads))]
    lines += [_row(row) for row in rows]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    # A pipe ends a cell even within a code span, unless it is escaped.
    whole = [re.sub(r"(?<!\\)\|", r"\|", " ".join(cell.split())) for cell in cells]
    return f"| {' | '.join(whole)} |"


def section(title: str, body: str, level: int = 2) -> str:
    """Return a heading with its body, or an empty string for an empty body."""
    return f"{'#' * level} {title}\n\n{body.rstrip()}\n\n" if body.strip() else ""


def indented(body: str) -> str:
    """Return the body, indented as the content of an admonition."""
    return "".join(f"    {line}".rstrip() + "\n" for line in body.splitlines())
