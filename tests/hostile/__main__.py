"""Measures the ways that the arguments name, or all of them, and writes their page.

    python -m tests.hostile [NAME...] [--results FILE] [--page FILE] [-- ARGUMENTS OF THE RUN]

The results of ways that were measured earlier stay in FILE.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance import __version__
from conformance.servers import service
from tests.hostile.measure import measured
from tests.hostile.page import PAGE, page, shown
from tests.hostile.ways import WAYS

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The arguments of the run where none are given.
DEFAULT = ("--effort", "quick")


def main(words: Sequence[str]) -> int:
    """Measure, print each row, write the page; return 1 where something does not fit."""
    own, _, further = (list(part) for part in _parted(words))
    parser = argparse.ArgumentParser(prog="python -m tests.hostile")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--results", type=Path, default=Path("hostile.json"))
    parser.add_argument("--page", type=Path, default=PAGE)
    given = parser.parse_args(own)
    unknown = sorted(set(given.names) - set(WAYS))
    if unknown:
        parser.error(f"no way {', '.join(unknown)}; there are {', '.join(WAYS)}")
    rows = _kept(given.results)
    with service.running("feedhive") as server:
        for name in given.names or WAYS:
            row = measured(WAYS[name], server, further or DEFAULT).as_dict()
            rows[name] = row | {"date": f"{datetime.now(UTC):%Y-%m-%d}", "version": __version__}
            sys.stdout.write(shown(rows[name]) + "\n")
            sys.stdout.flush()
            given.results.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    ordered = [rows[name] for name in WAYS if name in rows]
    given.page.write_text(page(ordered), encoding="utf-8")
    return 1 if any(row["wrong"] for row in ordered) else 0


def _parted(words: Sequence[str]) -> tuple[Sequence[str], str, Sequence[str]]:
    where = list(words).index("--") if "--" in words else len(words)
    return words[:where], "--", words[where + 1 :]


def _kept(path: Path) -> dict[str, dict[str, Any]]:
    try:
        found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        return {}
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
