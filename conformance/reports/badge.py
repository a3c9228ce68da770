"""`badge.json`: the verdict in the format that endpoint badges of shields.io read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.reports.headline import headline

if TYPE_CHECKING:
    from conformance.reports.report import Report

_COLOURS = {
    "conformant": "brightgreen",
    "partial": "yellowgreen",
    "nonconformant": "red",
    "untestable": "lightgrey",
}


def render(report: Report) -> str:
    """Return label, message and colour; a badge shows when only a part was run."""
    verdict = report["verdict"]
    whole = report["complete"] and not report["selection"]
    sound = whole and verdict in {"conformant", "partial"}
    message = f"{verdict} ({headline(report)})" + ("" if whole else ", incomplete")
    badge = {
        "schemaVersion": 1,
        "label": f"{report['profile']} contract",
        "message": message,
        "color": _COLOURS[verdict] if whole or verdict == "nonconformant" else "lightgrey",
        "isError": not sound,
    }
    return json.dumps(badge, indent=2, ensure_ascii=False) + "\n"
