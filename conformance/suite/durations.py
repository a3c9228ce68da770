"""Writes how long each case takes, from the reports of whole runs: shards are split by it.

    python -m conformance.suite.durations conformance-report/

It is a command for the developers of the kit; the file that it writes comes with the kit.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from conformance.problem import UsageProblem
from conformance.reports.report import Report
from conformance.suite.sharding import durations_file, name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Shorter cases count as this: their own seconds are mostly chance.
_LEAST_S = 0.01


def measured(reports: Iterable[Report]) -> dict[str, float]:
    """Return the seconds of each case by its name: the median of the reports that have it.

    Raises:
        UsageProblem: A report is only of a part of the cases.
    """
    found: defaultdict[str, list[float]] = defaultdict(list)
    for report in reports:
        if report["selection"] or not report["complete"] or not report.get("timing"):
            raise UsageProblem(f"{report.path} is not the report of a whole run")
        for row in report.requirements:
            for case in row["cases"]:
                found[name_of(case["id"])].append(case["duration_s"])
    return {name: max(round(median(found[name]), 2), _LEAST_S) for name in sorted(found)}


def text(seconds: Mapping[str, float]) -> str:
    """Return the file: one case on each line, so that a change is readable."""
    return json.dumps(seconds, indent=1, ensure_ascii=False) + "\n"


def write(reports: list[Report]) -> Path:
    """Write the file of the profile whose reports are given, and return its path.

    Raises:
        UsageProblem: They are not reports of whole runs of one profile.
    """
    profiles = {report.profile for report in reports}
    if len(profiles) != 1:
        raise UsageProblem("pass the reports of whole runs of one profile")
    path = durations_file(profiles.pop())
    path.write_text(text(measured(reports)), encoding="utf-8")
    return path


def main(words: list[str]) -> int:
    """Write the file, say so, and return the exit code."""
    try:
        path = write([Report.read(Path(word)) for word in words])
    except UsageProblem as problem:
        sys.stderr.write(f"durations: {problem}\n")
        return problem.exit_code
    sys.stdout.write(f"wrote {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
