"""Where the time of a run went, in words for the terminal and the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.reports.report import Report, Row

_PHASES = {
    "start_up_s": "start-up",
    "cases_s": "cases",
    "clean_up_s": "clean-up",
    "end_s": "end",
}


def phases(report: Report) -> str:
    """Return the phases of a run and their seconds; empty where the report has none."""
    timing = report.get("timing")
    if not timing:
        return ""
    return ", ".join(f"{words} {timing[name]:.1f} s" for name, words in _PHASES.items())


def waiting(report: Report) -> str:
    """Return for how long answers were waited for in all, and how many came at a time."""
    timing = report["timing"]
    target, storage = (timing["waiting_s"][name] for name in ("target", "storage"))
    words = f"{target:.1f} s for the target, {storage:.1f} s for the storage"
    spent = timing["cases_s"] + timing["clean_up_s"]
    beside = (target + storage) / spent if spent else 0.0
    most = timing["cases_at_once"]
    return f"{words}; {beside:.1f} requests under way on average, {most} cases at once at most"


def processor(report: Report) -> str:
    """Return the processor time of the kit, and what of it judged answers."""
    timing = report["timing"]
    each = timing["cpu_s"] * 1000 / max(report["requests"], 1)
    judging = timing["judging_cpu_s"]
    return f"{timing['cpu_s']:.1f} s ({each:.1f} ms a request), of which {judging:.1f} s judged"


def operations(report: Report) -> list[Row]:
    """Return how fast each operation answered, the one that took longest in all first."""
    rows: list[Row] = report["timing"]["operations"]
    return sorted(rows, key=lambda row: -row["answers"] * row["p50_ms"])


def slowest(report: Report, most: int) -> list[str]:
    """Return the cases that took longest, with their seconds and requests."""
    return [
        f"{row['duration_s']:.1f} s, {row['requests']} requests: {row['case'].rsplit('/', 1)[-1]}"
        for row in report["timing"]["slowest"][:most]
    ]
