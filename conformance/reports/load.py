"""The figures of a load in words, and `load.json`: for programs that compare loads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.reports.report import Report, Row

#: The file of the figures in a report folder; it is there only after a load.
FILE = "load.json"


def text(report: Report) -> str:
    """Return what the file holds: the figures, and what they are of."""
    of = ("schema_version", "kit_version", "profile", "started", "verdict", "reason", "counts")
    found = {name: report[name] for name in of}
    target = report["target"]["base_url"]
    return json.dumps({**found, "target": target, "load": report["load"]}, indent=2) + "\n"


def users(report: Report) -> str:
    """Return how many users there were, for how long."""
    load = report["load"]
    callers = load["callers"]
    several = f"{callers} callers" if callers != 1 else "one caller"
    shared = "" if callers >= load["users"] else f" as {several}"
    return f"{load['users']:,}{shared}, for {load['seconds']:.1f} s, {load['rounds']:,} rounds"


def requests(report: Report) -> str:
    """Return how many requests there were, and how many failed."""
    load = report["load"]
    words = f"{load['requests']:,}, {load['requests_per_s']:,.1f} in a second"
    return f"{words}, {load['errors']:,} without an answer or with a server error"


def first_broken(report: Report) -> str:
    """Return the first promise that was broken, or that none was seen broken."""
    first = report["load"]["first_broken"]
    if first is None:
        return "no promise was seen broken"
    after = f" after {first['after_s']:.1f} s" if first["after_s"] is not None else ""
    actual = f"expected {first['expected']}, but {first['actual']}"
    return f"{first['requirement']} {first['level']}{after}: {actual}"


def remarks(report: Report) -> list[str]:
    """Return what else the reader has to know."""
    load = report["load"]
    stopped = [
        f"{row['count']:,} rounds could not go on: {row['reason']}" for row in load["stopped"]
    ]
    apart = [f"not judged together: {load['apart']}"] if load["apart"] else []
    busy = ["this machine was busy, so the times say more about it than about the server"]
    return [*apart, *(busy if load["busy"] else []), *stopped]


def shown_ms(row: Row, name: str, digits: int = 1) -> str:
    """Return a number of milliseconds with so many decimals; a dash without an answer."""
    return "-" if row[name] is None else f"{row[name]:,.{digits}f}"


#: The members of an operation that hold milliseconds, each with its heading.
COLUMNS = (
    ("p50_ms", "p50 ms"),
    ("p90_ms", "p90 ms"),
    ("p95_ms", "p95 ms"),
    ("p99_ms", "p99 ms"),
    ("max_ms", "max ms"),
)
