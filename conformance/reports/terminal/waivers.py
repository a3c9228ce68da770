"""The waivers on the terminal: the state of each, and which need care."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from conformance.model.redaction import visible
from conformance.model.waiver import WaiverState
from conformance.reports.terminal.layout import print_hanging, print_heading

if TYPE_CHECKING:
    from rich.console import Console

    from conformance.reports.report import Report


def print_waivers(console: Console, report: Report) -> None:
    """Print each waiver of the settings file with its state; nothing when there are none."""
    if report["waivers"]:
        print_heading(console, "Waivers", "bold")
    for use in report["waivers"]:
        state = WaiverState(use["state"])
        end = f"until {use['expires']}" if use["expires"] else "without an expiry"
        parts = (use["reason"], use["issue"], use["owner"], end)
        head = Text.assemble(
            f"  {visible(use['requirement'])} ",
            (state.value, "bold yellow" if state.needs_care else "bold"),
            f" ({visible(use['note'])}): " if use["note"] else ": ",
        )
        print_hanging(console, head, Text(visible(", ".join(filter(None, parts)))))
