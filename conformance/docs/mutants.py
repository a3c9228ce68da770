"""Writes the page that shows which mutants of the documents the kit notices.

    python -m conformance.docs.mutants mutants-feedhive.json mutants-hayon.json

The files are those of `conformance selftest PROFILE --mutants --out FILE`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.docs.markdown import table
from conformance.runner.mutants.levels import MUST, SHOULD, VARIANT
from conformance.runner.mutants.tally import IDLE, LEVELS, is_right, promises_kept, tallied, total

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PAGE = Path(__file__).parent / "pages" / "reference" / "mutants.md"
_TITLES = {
    "operation": "By operation",
    "member": "By member",
    "kind": "By kind of change",
    "where": "By place",
}
_HEAD = """\
# Mutants of the documents

These faults are derived from the OpenAPI documents: a gateway in front of the reference server
makes each documented member, each status and each header of an answer wrong in each way that the
kit knows. The kit must
fail each mutant of a member that the page states (MUST), and warn about each mutant of a member
that only the further reference states (SHOULD). A *variant* is a legitimate form of the same
answer, and must pass. A mutant that changed no answer is *idle* and is not counted.

`conformance selftest PROFILE --mutants` makes these numbers, and `nox -s mutants` writes this page
from a full run. The command of each section shows whether it was a sample. The mutants that were
missed, or that ended in another way, are listed by name.
"""


def page(runs: Sequence[dict[str, Any]]) -> str:
    """Return the page about runs of `selftest --mutants`, each as its file holds it."""
    return "\n".join([_HEAD, *(line for run in runs for line in _section(run))])


def _section(run: dict[str, Any]) -> Iterator[str]:
    rows = run["mutants"]
    yield f"## {run['profile']}\n"
    yield f"Made on {run['date']} with version {run['version']}:\n"
    yield f"```sh\n{run['command']}\n```\n"
    idle = sum(row["outcome"] == IDLE for row in rows)
    yield f"{len(rows)} mutants, of which {idle} were idle.\n"
    yield table(
        ["level", "right", "goal"],
        [[level, str(total(rows, level)) or "none", _GOALS[level]] for level in LEVELS],
    )
    for dimension, title in _TITLES.items():
        yield f"\n### {title} ({run['profile']})\n"
        counted = tallied(rows, dimension)
        yield table(
            [dimension, *LEVELS],
            [[f"`{name}`", *map(str, counts.values())] for name, counts in counted.items()],
        )
    wrong = [row for row in rows if row["outcome"] != IDLE and not is_right(row["outcome"])]
    if wrong:
        yield f"\n### Not yet noticed ({run['profile']})\n"
        yield table(
            ["level", "outcome", "mutant"],
            [[row["level"], row["outcome"], f"`{row['id']}`"] for row in wrong],
        )
    yield ""


_GOALS = {MUST: "all", SHOULD: "95 %", VARIANT: "all"}


def main(arguments: Sequence[str]) -> int:
    """Write the page from the files that the arguments name; return 1 if a promise is not kept."""
    runs = [json.loads(Path(name).read_text(encoding="utf-8")) for name in arguments]
    PAGE.write_text(page(runs), encoding="utf-8")
    return 0 if all(promises_kept(run["mutants"]) for run in runs) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
