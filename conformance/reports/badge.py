"""`badge.json`: the verdict in the format that endpoint badges of shields.io read."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from conformance.reports.decision import is_spared, ruling
from conformance.reports.headline import headline

if TYPE_CHECKING:
    from conformance.reports.report import Report

_COLOURS = {
    "conformant": "brightgreen",
    "partial": "yellowgreen",
    "nonconformant": "red",
    "untestable": "lightgrey",
}
#: Of a run that failed nothing but what is waived or known: neither red nor green.
_SPARED = "orange"
_COMMIT = re.compile(r"[0-9a-f]{40,64}", re.ASCII)
_BUILD_CHARACTERS = 20


def render(report: Report) -> str:
    """Return label, message and colour; a badge shows when only a part was run."""
    verdict = report["verdict"]
    whole = report["complete"] and not report["selection"]
    spared = whole and is_spared(report)
    sound = whole and (spared or verdict in {"conformant", "partial"})
    colour = _COLOURS[verdict] if whole or verdict == "nonconformant" else "lightgrey"
    message = ruling(report) if spared else f"{verdict} ({headline(report)})"
    badge = {
        "schemaVersion": 1,
        "label": f"{report['profile']} contract",
        "message": message + ("" if whole else ", incomplete") + _build(report),
        "color": _SPARED if spared else colour,
        "isError": not sound,
    }
    return json.dumps(badge, indent=2, ensure_ascii=False) + "\n"


def _build(report: Report) -> str:
    """Return what was judged; of a commit, as many characters as git shows."""
    build = str(report.get("build") or "")
    short = build[:7] if _COMMIT.fullmatch(build) else build[:_BUILD_CHARACTERS]
    return f", build {short}" if short else ""
