"""`report.json`: the document itself, from which every other format is rendered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.reports.report import Report


def render(report: Report) -> str:
    """Return the document as indented JSON."""
    return json.dumps(report.data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
