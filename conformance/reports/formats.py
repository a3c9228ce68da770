"""All formats of a report.

To add one, write a module with a `render` function and add a row here.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.reports.report import Report

#: The file that people open.
PAGE = "index.html"
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Format:
    """One format: its name on the command line, its file in the report folder, its module.

    A format without a file is only written when it is asked for: to the standard output, or to
    many files in a folder of its own. The module is imported when it is used, so `--help` can name
    all formats and stays fast.
    """

    name: str
    file: str | None
    module: str
    folder: bool = False

    def text(self, report: Report) -> str:
        """Render the report; characters that UTF-8 cannot hold are replaced."""
        rendered: str = importlib.import_module(self.module).render(report)
        return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", rendered)

    def files(self, report: Report) -> dict[str, str]:
        """Render a report of many files; return the text of each by its name."""
        split: dict[str, str] = importlib.import_module(self.module).files(self.text(report))
        return split


FORMATS = {
    made.name: made
    for made in (
        Format("json", "report.json", "conformance.reports.report"),
        Format("junit", "junit.xml", "conformance.reports.junit"),
        Format("html", PAGE, "conformance.reports.page"),
        Format("markdown", "summary.md", "conformance.reports.markdown"),
        Format("badge", "badge.json", "conformance.reports.badge"),
        Format("har", "exchanges.har", "conformance.reports.har"),
        Format("sarif", "results.sarif", "conformance.reports.sarif"),
        Format("openmetrics", "metrics.txt", "conformance.reports.openmetrics"),
        Format("annotations", None, "conformance.reports.github"),
        Format("allure", None, "conformance.reports.allure", folder=True),
    )
}

#: The file of each format that has one; a report folder holds them all.
FILES = {made.file: made for made in FORMATS.values() if made.file is not None}
