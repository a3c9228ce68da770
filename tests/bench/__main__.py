"""Measures the rows of the bench, prints them, and writes them as JSON.

    python -m tests.bench [NAME | all]... [--json FILE] [--compare OLD.json]

A ratio is of two measures of one run of the bench, so it can be compared between machines.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.rows import CORE, MORE, Row

_LIBRARIES = ("media-conformance", "pytest", "hypothesis", "schemathesis", "httpx", "boto3")


def main(arguments: list[str]) -> int:
    """Measure, print and write; returns 2 for a name that is unknown."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join({**CORE, **MORE})}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the rows")
    parser.add_argument("--compare", type=Path, metavar="OLD.json", help="rows of an earlier bench")
    given = parser.parse_args(arguments)
    parts = {**CORE, **MORE}
    names = given.names or list(CORE)
    names = list(parts) if names == ["all"] else names
    unknown = [name for name in names if name not in parts]
    if unknown:
        parser.error(f"no rows {unknown[0]!r}: choose of {', '.join(parts)}, or all")
    earlier = json.loads(given.compare.read_text(encoding="utf-8")) if given.compare else None
    rows = [row for name in names for row in parts[name]()]
    document = {"machine": machine(), "rows": [row.as_dict() for row in rows]}
    if given.json:
        given.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    Console().print(table(rows, earlier))
    return 0


def machine() -> dict[str, Any]:
    """Return what the figures depend on: the day, the machine and the versions."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "versions": {name: version(name) for name in _LIBRARIES},
    }


def table(rows: list[Row], earlier: dict[str, Any] | None = None) -> Table:
    """Return the rows as a table, beside the ratios of an earlier bench."""
    before = {row["name"]: row["ratio"] for row in (earlier or {}).get("rows", ())}
    found = Table()
    for heading in ("row", "ratio", "goal", "met", *(["before"] if earlier else []), "figures"):
        found.add_column(heading)
    for row in rows:
        goal = "" if row.goal is None else f"{row.goal:g}"
        met = {None: "", True: "yes", False: "no"}[row.is_met]
        was = [str(before.get(row.name, "new"))] if earlier else []
        figures = ", ".join(f"{name} {value}" for name, value in row.figures.items())
        found.add_row(row.name, f"{row.ratio:g}", goal, met, *was, figures)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
