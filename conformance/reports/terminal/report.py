"""The report on the terminal: header, operations, failures, unverified, waivers, verdict.

Everything comes from the document of `report.json`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from conformance.model.evidence import Outcome
from conformance.model.redaction import visible
from conformance.model.run import Verdict
from conformance.reports.connection import INSECURE, proxy_note
from conformance.reports.decision import is_spared, mark, sentence
from conformance.reports.faults import faults, summary
from conformance.reports.headline import coverage, left_behind, oracles
from conformance.reports.terminal.failure import print_failures
from conformance.reports.terminal.layout import (
    NARROW,
    STYLES,
    print_copied,
    print_hanging,
    print_heading,
    print_names,
    print_pair,
)
from conformance.reports.terminal.load import print_load
from conformance.reports.terminal.unverified import print_unverified
from conformance.reports.terminal.waivers import print_waivers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from conformance.reports.report import Report, Row

_VERDICT_STYLES = {
    Verdict.CONFORMANT: "bold green",
    Verdict.PARTIAL: "bold yellow",
    Verdict.NONCONFORMANT: "bold red",
    Verdict.UNTESTABLE: "bold magenta",
}
#: The style of a verdict whose failures are all waived or known.
_SPARED_STYLE = "bold yellow"
# So many callers are named.
_CALLERS = 6
#: Settings that the header does not list: it shows them elsewhere, or they do not matter.
_IN_HEADER = frozenset(
    {"base_url", "effort", "seed", "reference", "verbose", "build", "shard", "own_tokens"}
)


def print_header(console: Console, report: Report) -> None:
    """Print the versions, the target and the settings of a run."""
    versions = f"{report['profile']} catalogue {report['catalogue_version']}"
    count = len(report["requirements"])
    console.print(
        Text(f"conformance {report['kit_version']}, {versions} ({count} requirements)"),
        soft_wrap=True,
    )
    known = {setting["name"]: setting for setting in report["settings"]}
    origin = known["base_url"]["origin"]
    where = {"reference": " (the kit's own reference server)", "start": " (started for this run)"}
    print_copied(console, "target", report["target"]["base_url"] + where.get(origin, ""))
    if report.get("build"):
        print_pair(console, "build", report["build"])
    _print_capabilities(console, report)
    proxy = proxy_note(report["target"])
    if proxy:
        print_pair(console, "proxy", proxy)
    print_warnings(console, report)
    if report.get("shard"):
        print_pair(console, "shard", _shard(report))
    print_pair(console, "effort", f"{known['effort']['value']}, seed {known['seed']['value']}")
    changed = [
        f"{setting['name']} {setting['value']} ({setting['origin']})"
        for setting in report["settings"]
        if setting["origin"] in {"flag", "environment", "file"}
        and setting["name"] not in _IN_HEADER
    ]
    if changed:
        print_pair(console, "settings", ", ".join(changed))


def _shard(report: Report) -> str:
    """Return which shard a run is, and what others that use its tokens keep from being verified."""
    part = report["shard"]
    words = f"{part['number']} of {part['of']}"
    if part["of"] == 1:
        return words
    if not part["shared"]:
        return f"{words}, with a server or tokens of its own"
    return (
        f"{words}; other shards may use the same tokens: totals are not verified"
        " (pass --start, or --own-tokens if each shard has tokens of its own)"
    )


def print_warnings(console: Console, report: Report) -> None:
    """Print the loud lines of a report."""
    for line in report.get("warnings", []):
        style = "bold red" if line == INSECURE else "yellow"
        print_pair(console, "warning", line, style=style)


def _print_capabilities(console: Console, report: Report) -> None:
    print_pair(console, "with", ", ".join(report.capabilities) or "one token only")
    for number, (name, flag) in enumerate(report.absent.items()):
        print_pair(console, "" if number else "without", f"{name}: pass {flag}")


def print_report(console: Console, report: Report, *, every: bool = False) -> None:
    """Print a report without its header and paths; an untestable target gets one line.

    Args:
        console: Where to print.
        report: The report.
        every: Whether to print every requirement, all evidence and all ids.
    """
    if report["verdict"] == Verdict.UNTESTABLE and report["complete"] and report["reason"]:
        print_verdict(console, report)
        return
    if report.get("load"):
        print_load(console, report)
    if report.get("traffic"):
        _print_coverage(console, report)
    _print_operations(console, report, every=every)
    print_failures(console, report, every=every)
    print_unverified(console, report, every=every)
    print_waivers(console, report)
    _print_faults(console, report)
    _print_sums(console, report)
    print_verdict(console, report)


def _print_coverage(console: Console, report: Report) -> None:
    """Print how much of the contract the traffic exercised, and what it consisted of."""
    traffic = report["traffic"]
    console.print()
    print_pair(console, "coverage", coverage(report), style="bold")
    seen = [f"{name} {count}" for name, count in traffic["operations"].items()]
    print_pair(console, "exchanges", ", ".join(seen) or "none of the API")
    if traffic["others"]:
        print_pair(console, "", f"{traffic['others']} others are not part of this contract")
    names, more = traffic["callers"][:_CALLERS], len(traffic["callers"]) - _CALLERS
    callers = ", ".join(names) + (f" and {more} more" if more > 0 else "")
    callers = callers or "none whose token was seen"
    print_pair(console, "callers", callers)


def _print_operations(console: Console, report: Report, *, every: bool) -> None:
    """Print the counts of each operation, and with `every` all its rows, in the same columns."""
    width = max(map(len, report.operations), default=0)
    columns = _Columns.of(report.requirements if console.width >= NARROW else [])
    console.print()
    for operation, rows in report.operations.items():
        head = Text(f"{operation:<{width}}  ", style="bold")
        print_hanging(console, head, _counted(Counter(row["outcome"] for row in rows)))
        for row in rows if every else ():
            _print_row(console, row, columns)


def _counted(counts: Mapping[str, int]) -> Text:
    return Text(", ").join(
        Text(f"{counts[outcome]} {outcome.value}", style=STYLES[outcome])
        for outcome in Outcome
        if counts.get(outcome)
    )


@dataclass(frozen=True)
class _Columns:
    """The widths of the columns of requirements: those of all groups, so that none jumps."""

    ids: int
    outcomes: int

    @classmethod
    def of(cls, rows: list[Row]) -> _Columns:
        return cls(
            max((len(row["id"]) for row in rows), default=0),
            max((len(row["outcome"]) for row in rows), default=0),
        )


def _print_row(console: Console, row: Row, columns: _Columns) -> None:
    spared = f" ({mark(row)})" if mark(row) else ""
    head = Text.assemble(
        f"  {row['id']:<{columns.ids}}  {row['level']:<6}  ",
        (f"{row['outcome']:<{columns.outcomes}}  ", STYLES[Outcome(row["outcome"])]),
    )
    print_hanging(console, head, Text(visible(row["title"]) + spared))


def _print_faults(console: Console, report: Report) -> None:
    found = faults(report)
    if found:
        print_heading(console, "The kit itself failed", "bold red")
    for fault in found:
        console.print(Text(f"  {summary(fault)}"), soft_wrap=True)


def _print_sums(console: Console, report: Report) -> None:
    again = report["rate_limited"]
    paused = f" ({again} of them sent again after 429 or 503)" if again else ""
    effort = f"; {report['requests']} requests{paused} in {report['duration_s']:.1f} s"
    console.print()
    if judged := oracles(report):
        print_hanging(console, Text("oracles: "), Text(judged))
    print_hanging(console, Text(), _counted(report["counts"]).append(effort))
    leftovers = report["leftovers"]
    if leftovers:
        text = f"could not be removed from the target: {len(leftovers)}"
        print_hanging(console, Text(), Text(text, style="bold red"))
        print_names(console, Text("    "), leftovers, every=False)
    if stays := left_behind(report):
        print_hanging(console, Text("left behind: "), Text(stays))


def print_verdict(console: Console, report: Report) -> None:
    """Print the loud lines, the ids of the failed requirements, and the verdict."""
    if INSECURE in report.get("warnings", []):
        print_pair(console, "warning", INSECURE, style="bold red")
    _print_failed(console, report)
    verdict = Verdict(report["verdict"])
    style = _SPARED_STYLE if is_spared(report) else _VERDICT_STYLES[verdict]
    ruled = sentence(report).removeprefix(verdict.value)
    note = f" ({visible(report['reason'])})" if report["reason"] else ""
    line = Text.assemble(f"{report['profile']}: ", (verdict.value, style), ruled, note)
    console.print(line, soft_wrap=True)


def _print_failed(console: Console, report: Report) -> None:
    """Print the ids of the failed requirements: those that count, then the waived and known."""
    failed = report.having(Outcome.FAILED)
    for word in dict.fromkeys(map(mark, failed)):
        ids = ", ".join(row["id"] for row in failed if mark(row) == word)
        head = Text(f"failed, {word}: ", style="yellow") if word else Text("failed: ", "bold red")
        print_hanging(console, head, Text(ids))


def print_place(console: Console, page: object) -> None:
    """Print the one path to open: that of the page, beside which all other files are."""
    console.print(Text(f"report: {page}"), soft_wrap=True)
