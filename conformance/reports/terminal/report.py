"""The report on the terminal: header, operations, failures, unverified, waivers, verdict.

Everything comes from the document of `report.json`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.text import Text

from conformance.model.evidence import Outcome
from conformance.model.redaction import visible
from conformance.model.run import Verdict
from conformance.reports.connection import INSECURE, proxy_note
from conformance.reports.decision import is_spared, mark, sentence
from conformance.reports.faults import faults, summary
from conformance.reports.headline import coverage, left_behind
from conformance.reports.terminal.failure import print_brief, print_failure
from conformance.reports.terminal.layout import (
    NARROW,
    print_copied,
    print_hanging,
    print_heading,
    print_names,
    print_pair,
)
from conformance.reports.terminal.unverified import print_unverified
from conformance.reports.terminal.waivers import print_waivers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import Console

    from conformance.reports.report import Report, Row

_STYLES = {
    Outcome.PASSED: "green",
    Outcome.FAILED: "bold red",
    Outcome.WARNED: "yellow",
    Outcome.NOT_VERIFIED: "magenta",
    Outcome.NOT_APPLICABLE: "dim",
    Outcome.INFORMATIVE: "dim",
}
_VERDICT_STYLES = {
    Verdict.CONFORMANT: "bold green",
    Verdict.PARTIAL: "bold yellow",
    Verdict.NONCONFORMANT: "bold red",
    Verdict.UNTESTABLE: "bold magenta",
}
#: The style of a verdict whose failures are all waived or known.
_SPARED_STYLE = "bold yellow"
#: Outcomes whose rows are always shown; the others are counted, or grouped by their cause.
_SHOWN = frozenset({Outcome.FAILED, Outcome.WARNED})
#: With more warnings than this, each is shown in brief.
_FULL_WARNINGS = 3
#: Settings that the header does not list: it shows them elsewhere, or they do not matter.
_IN_HEADER = frozenset({"base_url", "effort", "seed", "reference", "verbose", "build"})


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
    print_pair(console, "effort", f"{known['effort']['value']}, seed {known['seed']['value']}")
    changed = [
        f"{setting['name']} {setting['value']} ({setting['origin']})"
        for setting in report["settings"]
        if setting["origin"] in {"flag", "environment", "file"}
        and setting["name"] not in _IN_HEADER
    ]
    if changed:
        print_pair(console, "settings", ", ".join(changed))


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
    if report.get("traffic"):
        _print_coverage(console, report)
    _print_operations(console, report, every=every)
    _print_failures(console, report, every=every)
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
    callers = ", ".join(traffic["callers"]) or "none whose token was seen"
    print_pair(console, "callers", callers)


def _print_operations(console: Console, report: Report, *, every: bool) -> None:
    width = max(map(len, report.operations), default=0)
    console.print()
    for operation, rows in report.operations.items():
        head = Text(f"{operation:<{width}}  ", style="bold")
        print_hanging(console, head, _counted(Counter(row["outcome"] for row in rows)))
        shown = [row for row in rows if every or row["outcome"] in _SHOWN]
        _print_rows(console, shown)


def _counted(counts: Mapping[str, int]) -> Text:
    return Text(", ").join(
        Text(f"{counts[outcome]} {outcome.value}", style=_STYLES[outcome])
        for outcome in Outcome
        if counts.get(outcome)
    )


def _print_rows(console: Console, rows: list[Row]) -> None:
    aligned = rows if console.width >= NARROW else []
    ids = max((len(row["id"]) for row in aligned), default=0)
    outcomes = max((len(row["outcome"]) for row in aligned), default=0)
    for row in rows:
        style = _STYLES[Outcome(row["outcome"])]
        spared = f" ({mark(row)})" if mark(row) else ""
        head = Text.assemble(
            f"  {row['id']:<{ids}}  {row['level']:<6}  ",
            (f"{row['outcome']:<{outcomes}}  ", style),
        )
        print_hanging(console, head, Text(visible(row["title"]) + spared))


def _print_failures(console: Console, report: Report, *, every: bool) -> None:
    failed, warned = report.having(Outcome.FAILED), report.having(Outcome.WARNED)
    for row in (*failed, *warned):
        style = _STYLES[Outcome(row["outcome"])]
        if row in failed or every or len(warned) <= _FULL_WARNINGS:
            print_failure(console, row, style, every=every)
        else:
            print_brief(console, row, style)


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


def print_paths(console: Console, paths: Iterable[object]) -> None:
    """Print the paths of the reports."""
    for path in paths:
        console.print(Text(f"report: {path}"), soft_wrap=True)
