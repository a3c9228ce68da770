"""What a run could not say, grouped by why: the broken requirement, the flag, the bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from conformance.model.evidence import Outcome
from conformance.model.redaction import visible
from conformance.model.requirement import capability_flag
from conformance.reports.terminal.layout import print_hanging, print_heading, print_names

if TYPE_CHECKING:
    from rich.console import Console

    from conformance.reports.report import Report

Rows = list[dict[str, Any]]


def print_unverified(console: Console, report: Report, *, every: bool) -> None:
    """Print the groups, those that a flag would verify last: there the reader can act."""
    rows = [row for row in report["requirements"] if row["outcome"] == Outcome.NOT_VERIFIED]
    blocked, flags, others = _grouped(rows)
    for heading, groups in (
        ("Blocked by", blocked),
        ("Not verified", others),
        ("To verify more", flags),
    ):
        if groups:
            print_heading(console, heading, "bold magenta")
        for cause, members in groups.items():
            # What the user left out on purpose needs no names.
            named = every or any(row["cases"] for row in members) or not report["selection"]
            _print_group(console, cause, members, named=named, every=every)
            for seen in _seen(members):
                print_hanging(console, Text("    "), Text(visible(seen)))


def _grouped(rows: Rows) -> tuple[dict[str, Rows], dict[str, Rows], dict[str, Rows]]:
    blocked: dict[str, Rows] = {}
    flags: dict[str, Rows] = {}
    others: dict[str, Rows] = {}
    for row in rows:
        cause = row.get("cause") or {}
        if cause.get("blocked_by"):
            blocked.setdefault(cause["blocked_by"], []).append(row)
        elif cause.get("needs"):
            flags.setdefault(capability_flag(cause["needs"]), []).append(row)
        else:
            others.setdefault(row["reason"], []).append(row)
    return blocked, flags, others


def _seen(rows: Rows) -> list[str]:
    """Return what was seen although it proves nothing without the flag, each once."""
    seen = ((row.get("cause") or {}).get("seen") for row in rows)
    return list(dict.fromkeys(filter(None, seen)))


def _print_group(console: Console, cause: str, rows: Rows, *, named: bool, every: bool) -> None:
    binding = sum(row["level"] == "MUST" for row in rows)
    number = f"{len(rows)} requirement{'s' if len(rows) > 1 else ''}"
    levels = f" ({binding} MUST)" if binding else ""
    words = Text.assemble((visible(cause), "bold"), f": {number}{levels}")
    print_hanging(console, Text("  "), words)
    if named:
        print_names(console, Text("    "), (row["id"] for row in rows), every=every)
