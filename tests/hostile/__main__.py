"""Measures the ways that the arguments name, or all of them, and writes their page.

    python -m tests.hostile [NAME...] [--missing] [--parallel N] [--begin-for SECONDS]
        [--results FILE] [--page FILE] [-- ARGUMENTS OF THE RUN]

The results of ways that were measured earlier stay in FILE, and `interruptions.json` is read for
the page where it exists. Most of a run is waiting, so a few
ways may be measured beside each other, each in front of a correct server of its own.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from conformance import __version__
from conformance.servers import service
from tests.hostile.interruptions import RESULTS
from tests.hostile.measure import STANDARD, measured, standard
from tests.hostile.page import PAGE, page, shown
from tests.hostile.ways import WAYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: The arguments of the run where none are given.
DEFAULT = ("--effort", "quick")


def main(words: Sequence[str]) -> int:
    """Measure, print each row, write the page; return 1 where something does not fit."""
    own, further = _parted(words)
    given = _arguments(own)
    rows = _kept(given.results)
    names = given.names or [
        name for name in (*STANDARD, *WAYS) if not (given.missing and name in rows)
    ]
    for row in _rows(names, given.parallel, given.begin_for, further or DEFAULT):
        rows[row["name"]] = row
        sys.stdout.write(shown(row) + "\n")
        sys.stdout.flush()
        given.results.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    ordered = [rows[name] for name in (*STANDARD, *WAYS) if name in rows]
    counts = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    given.page.write_text(page(ordered, counts), encoding="utf-8")
    return 1 if any(row["wrong"] for row in ordered) else 0


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--missing", action="store_true", help="only ways that FILE does not have")
    parser.add_argument("--parallel", type=int, default=1, help="ways beside each other")
    parser.add_argument("--begin-for", type=float, default=float("inf"),
                        help="seconds after which no further way begins")  # fmt: skip
    parser.add_argument("--results", type=Path, default=Path("hostile.json"))
    parser.add_argument("--page", type=Path, default=PAGE)
    given = parser.parse_args(words)
    if unknown := sorted(set(given.names) - {*STANDARD, *WAYS}):
        parser.error(f"no way {', '.join(unknown)}; there are {', '.join((*STANDARD, *WAYS))}")
    return given


def _rows(
    names: Sequence[str], parallel: int, begin_for_s: float, arguments: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Measure ways, and yield each row when it is there."""
    until = time.monotonic() + begin_for_s
    servers: SimpleQueue[Mapping[str, str]] = SimpleQueue()

    def measure(name: str) -> dict[str, Any] | None:
        server = servers.get()
        try:
            if time.monotonic() > until:
                return None
            is_standard = name in STANDARD
            row = standard(name) if is_standard else measured(WAYS[name], server, arguments)
        finally:
            servers.put(server)
        return row.as_dict() | {"date": f"{datetime.now(UTC):%Y-%m-%d}", "version": __version__}

    with ExitStack() as stack:
        for _ in range(min(parallel, len(names))):
            servers.put(stack.enter_context(service.running("feedhive")))
        pool = stack.enter_context(ThreadPoolExecutor(parallel))
        for done in as_completed([pool.submit(measure, name) for name in names]):
            if (found := done.result()) is not None:
                yield found


def _parted(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part the words for this module from those for the run."""
    where = list(words).index("--") if "--" in words else len(words)
    return list(words[:where]), list(words[where + 1 :])


def _kept(path: Path) -> dict[str, dict[str, Any]]:
    try:
        found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        return {}
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
