"""All formats of a report.

To add one, write a module with a `render` function and add a row here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.reports import badge, github, har, junit, markdown, page, report

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reports.report import Report

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Format:
    """One format: its name on the command line, its file in the report folder, its renderer.

    A format without a file is only written to the standard output.
    """

    name: str
    file: str | None
    render: Callable[[Report], str]

    def text(self, report: Report) -> str:
        """Render the report; characters that UTF-8 cannot hold are replaced."""
        return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", self.render(report))


FORMATS = {
    made.name: made
    for made in (
        Format("json", report.FILE, report.render),
        Format("junit", "junit.xml", junit.render),
        Format("html", "index.html", page.render),
        Format("markdown", "summary.md", markdown.render),
        Format("badge", "badge.json", badge.render),
        Format("har", "exchanges.har", har.render),
        Format("annotations", None, github.render),
    )
}

#: The file of each format that has one; a report folder holds them all.
FILES = {made.file: made for made in FORMATS.values() if made.file is not None}
