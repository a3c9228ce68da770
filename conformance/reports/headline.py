"""The texts that sum a report up: a headline, remarks on the run, and counts by level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.model.requirement import Level
from conformance.model.run import selected_by
from conformance.reports.decision import comparison
from conformance.reports.report import OUTCOMES

if TYPE_CHECKING:
    from conformance.reports.report import Report, Row

#: A history keeps so many runs.
_KEPT_RUNS = 20
#: A remark names so many things that could not be removed.
_SHOWN_LEFTOVERS = 6


def headline(report: Report) -> str:
    """Return the numbers behind the verdict, in a few words."""
    counts = report["counts"]
    if report.get("traffic") and report["verdict"] != "untestable":
        found = [f"{counts[name]} {name}" for name in ("failed", "warned") if counts[name]]
        return f"{coverage(report)}, {' and '.join(found) or 'none failed'}"
    tried = sum(counts[name] for name in ("passed", "failed", "warned", "not-verified"))
    match report["verdict"]:
        case "nonconformant":
            return f"{counts['failed']} of {tried} failed"
        case "untestable":
            return "nothing could be concluded"
        case "partial":
            return f"{counts['passed']} of {tried} passed, {counts['not-verified']} unverified"
        case _:
            return f"{counts['passed']} of {tried} passed"


def coverage(report: Report) -> str:
    """Return how much of the contract the traffic of others exercised."""
    covered = report["traffic"]["coverage"]
    share = 100 * covered["exercised"] // max(covered["provable"], 1)
    counts = f"{covered['exercised']} of {covered['provable']}"
    return f"{counts} requirements ({share} %) exercised by this traffic"


def remarks(report: Report) -> list[str]:
    """Return what a reader must know before trusting the verdict, one sentence each."""
    found = [f"{line}." for line in report.get("warnings", [])]
    if report["reason"]:
        found.append(f"{'Note' if report['complete'] else 'Incomplete'}: {report['reason']}.")
    if report.get("shard"):
        found.append(f"{shard(report)}.")
    elif report["selection"]:
        found.append(f"Only a part was run, selected by {selected_by(report['selection'])}.")
    if report.get("as_of"):
        count = sum(bool(row.get("newer")) for row in report.requirements)
        found.append(
            f"Pinned to catalogue {report['as_of']} (--as-of): the {count} requirements that are"
            " newer, or newer as a MUST, only warn."
        )
    if report["leftovers"]:
        found.append(f"Could not be removed from the target: {_few(report['leftovers'])}.")
    if compared := comparison(report):
        found.append(compared)
    if stays := left_behind(report):
        found.append(f"Left behind, since no operation deletes it: {stays}.")
    return found


def _few(names: list[str]) -> str:
    """Return the first names and the number of the others, which `report.json` names."""
    more = len(names) - _SHOWN_LEFTOVERS
    shown = ", ".join(names[:_SHOWN_LEFTOVERS])
    return f"{shown} and {more:,} more, which report.json names" if more > 0 else shown


def shard(report: Report) -> str:
    """Return which part of a whole run a report is of, and what that keeps from being verified."""
    part = report["shard"]
    words = f"Only shard {part['number']} of {part['of']} was run"
    if part["shared"]:
        words += (
            "; the other shards may use the same tokens, so totals are not verified"
            " (with --start or --own-tokens they are)"
        )
    return words


def left_behind(report: Report) -> str:
    """Return in words what the run left because no operation can delete it; empty for nothing."""
    rows = report.get("left_behind") or []
    return ", ".join(f"{row['count']} {row['what']} ({row['why']})" for row in rows)


def oracles(report: Report) -> str:
    """Return in one line how often the oracles judged, and what they found; empty without any."""
    rows = report.get("oracles") or []
    judged, found = (sum(row[name] for row in rows) for name in ("judged", "found"))
    idle = sum(not row["judged"] for row in rows)
    silent = f"; {idle} of them had nothing to judge" if idle else ""
    return f"{len(rows)} judged {judged:,} times and found {found:,}{silent}" if rows else ""


def history(report: Report) -> list[Row]:
    """Return the verdicts of the earlier runs and of this one; empty where no earlier is known."""
    earlier = list(report.get("history") or ())
    return [*earlier, moment_of(report)] if earlier else []


def continued(report: Report) -> list[Row]:
    """Return the history of a run that follows on a report: that of the report, and itself."""
    return [*(report.get("history") or ()), moment_of(report)][-_KEPT_RUNS:]


def moment_of(report: Report) -> Row:
    """Return what a history keeps of a report: when it began, its verdict, its counts."""
    return {name: report[name] for name in ("started", "verdict", "counts", "kit_version")}


def levels(report: Report) -> dict[str, dict[str, int]]:
    """Return, for each level, how many requirements came to each outcome."""
    return {
        level.value: {
            outcome: sum(row["level"] == level for row in report.having(outcome))
            for outcome in OUTCOMES
        }
        for level in Level
    }
