"""`metrics.txt`: the numbers of a run as OpenMetrics text, for a gateway or a file collector."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import TYPE_CHECKING

from conformance.reports.headline import levels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.reports.report import Report

# A label's value escapes these characters; others that a reader could trip over are replaced.
_ESCAPES = {"\\": r"\\", '"': r"\"", "\n": r"\n"}
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def render(report: Report) -> str:
    """Return the metrics, ended by the mark of OpenMetrics."""
    return "".join(f"{line}\n" for line in (*_lines(report), "# EOF"))


def _lines(report: Report) -> Iterator[str]:
    profile = {"profile": report["profile"]}
    yield from _info(report)
    yield from _head("requirements", "gauge", "Requirements by level and outcome.")
    for level, counts in levels(report).items():
        for outcome, count in counts.items():
            yield _sample("requirements", count, **profile, level=level, outcome=outcome)
    decided = report.get("decision")
    if decided:
        yield from _head("exit_code", "gauge", "The exit code of the run.")
        yield _sample("exit_code", decided["exit_code"], **profile)
        yield from _head("failures", "gauge", "Failed requirements: new ones count.")
        for state in ("new", "known", "waived"):
            yield _sample("failures", len(decided[state]), **profile, state=state)
    yield from _head("complete", "gauge", "Whether the run was complete.")
    yield _sample("complete", int(report["complete"]), **profile)
    yield from _head("duration_seconds", "gauge", "How long the run took.", unit="seconds")
    yield _sample("duration_seconds", report["duration_s"], **profile)
    yield from _head("requests", "gauge", "Requests that the run sent.")
    yield _sample("requests", report["requests"], **profile)
    yield from _head("started_seconds", "gauge", "When the run began.", unit="seconds")
    yield _sample("started_seconds", _seconds(report["started"]), **profile)


def _info(report: Report) -> Iterator[str]:
    """Yield what describes the run: metrics of the type `info` have the value 1."""
    described = {
        "profile": report["profile"],
        "verdict": report["verdict"],
        "kit_version": report["kit_version"],
        "catalogue_version": report["catalogue_version"],
        "build": str(report.get("build", "")),
        "warning": "; ".join(report.get("warnings", [])),
    }
    yield from _head("run", "info", "What was run, and its verdict.")
    yield _sample("run_info", 1, **{name: value for name, value in described.items() if value})


def _head(name: str, kind: str, help_text: str, unit: str = "") -> Iterator[str]:
    yield f"# TYPE conformance_{name} {kind}"
    if unit:
        yield f"# UNIT conformance_{name} {unit}"
    yield f"# HELP conformance_{name} {help_text}"


def _sample(name: str, value: float, **labels: str) -> str:
    shown = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"conformance_{name}{{{shown}}} {value}"


def _escaped(text: str) -> str:
    whole = "".join(_ESCAPES.get(character, character) for character in str(text))
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", whole)


def _seconds(moment: str) -> float:
    try:
        return datetime.fromisoformat(moment).timestamp()
    except (ValueError, OverflowError):
        return math.nan
