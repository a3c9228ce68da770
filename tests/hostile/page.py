"""The page and the terminal's lines about the measured ways."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import conformance
from conformance.docs.markdown import table
from tests.hostile.measure import STANDARD
from tests.hostile.ways import WAYS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row = dict[str, Any]

PAGE = Path(conformance.__file__).parent / "docs" / "pages" / "reference" / "hostile.md"
_HEAD = """\
# Hostile targets

A run has to end in bounded time and memory with a report, whatever the target does. These are the
ways to misbehave that the kit is measured against: each run has one token and no bucket, and goes
through a proxy that misbehaves in front of a correct server. `nox -s hostile` measures them all and
writes this page; `nox -s hostile -- never-answers gzip-bomb` measures only some. The same session
also interrupts 20 runs at random moments, and checks that nothing of them stays.

The first rows are no ways to misbehave: they show what a standard run of a correct server costs,
with everything that a run can be given.

*Left* counts the media that stayed on the server behind the proxy. A target that stops answering,
or that hides its ids, keeps what was made: the report of the run names it. The seconds depend on
what else the machine does; the other figures hardly do.
"""
_INTERRUPTED = """
## Interrupted runs

Each run has two tokens and a bucket, and one or two processes. It is interrupted at a random
moment. After two SIGINTs and after SIGKILL, `conformance cleanup` removes the rest. Then there are
no media and no objects of the run, all those of others are there, no journal stayed, no traceback
was printed, and no file holds the token.
"""


def page(rows: Sequence[Row], interruptions: Mapping[str, Sequence[int]]) -> str:
    """Return the page.

    Args:
        rows: What each way cost and left.
        interruptions: For each way to interrupt a run, how many runs there were, and how many of
            them left nothing and took nothing.
    """
    right = sum(not row["wrong"] for row in rows)
    dates = sorted({row["date"] for row in rows})
    lines = [_HEAD]
    if rows:
        lines.append(
            f"Measured on {_span(dates)} with version {rows[-1]['version']} at the effort quick, on"
            f" {_machine()}: {right} of {len(rows)} ended as they must{_others(rows)}.\n"
        )
        head = ["target", "what it does", "seconds", "MiB", "exit", "verdict", "left"]
        known = {row["name"]: row for row in rows}
        names = [name for name in (*STANDARD, *WAYS) if name in known or name in WAYS]
        lines.append(table(head, [_cells(known.get(name) or _unmeasured(name)) for name in names]))
    wrong = [row for row in rows if row["wrong"]]
    if wrong:
        lines.append("\n## Not yet as they must\n")
        lines.append(
            table(["target", "why"], [[f"`{r['name']}`", "; ".join(r["wrong"])] for r in wrong])
        )
    if interruptions:
        lines.append(_INTERRUPTED)
        head = ["interrupted by", "runs", "left nothing and took nothing"]
        lines.append(table(head, [[way, *map(str, two)] for way, two in interruptions.items()]))
    return "\n".join(lines) + "\n"


def _others(rows: Sequence[Row]) -> str:
    """Say how many ways were not measured."""
    missing = len({*STANDARD, *WAYS} - {row["name"] for row in rows})
    return f"; {missing} further ways were not measured" if missing else ""


def _span(dates: Sequence[str]) -> str:
    return dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"


def _machine() -> str:
    """Return what the figures depend on, in plain words."""
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    return f"a machine with {os.cpu_count()} cores that also ran the targets, and {python}"


def _unmeasured(name: str) -> Row:
    return {"name": name, "does": WAYS[name].does}


def _cells(row: Row) -> list[str]:
    if "seconds" not in row:
        return [f"`{row['name']}`", row["does"], "not measured", *[""] * 4]
    verdict = row["verdict"] if row["complete"] else f"{row['verdict']}, ended early"
    return [
        *(f"`{row['name']}`", row["does"], f"{row['seconds']:.0f}", str(row["mib"])),
        *(str(row["exit_code"]), verdict, str(row["left"])),
    ]


def shown(row: Row) -> str:
    """Return one line for the terminal."""
    early = "" if row["complete"] else " ended early"
    wrong = f"  WRONG: {'; '.join(row['wrong'])}" if row["wrong"] else ""
    return (
        f"{row['name']:<32} {row['seconds']:>6.1f} s {row['mib']:>5} MiB  exit {row['exit_code']}"
        f"  {row['requests']:>6} requests  left {row['left']}  {row['verdict']}{early}{wrong}"
    )
