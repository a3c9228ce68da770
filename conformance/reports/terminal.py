"""What the terminal shows: the requirements by operation, each failure as a story, the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from conformance.reports.document import replay_line
from conformance.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from rich.console import Console

    from conformance.verdict import Evidence, RequirementResult, Run

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
_SHOWN_BODY_CHARACTERS = 600


def print_run(console: Console, run: Run, replay: str) -> None:
    """Print everything but the paths of the reports; an untestable target gets one line."""
    if run.untestable:
        print_verdict(console, run)
        return
    _print_table(console, run)
    for result in (*run.failed, *run.warned):
        for proof in result.evidence:
            _print_story(console, result, proof, replay)
    _print_unverified(console, run)
    _print_waivers(console, run)
    _print_faults(console, run)
    print_verdict(console, run)


def _print_table(console: Console, run: Run) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("requirement", no_wrap=True)
    table.add_column("level", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    table.add_column("title", ratio=1)
    for operation in dict.fromkeys(result.requirement.operation for result in run.requirements):
        table.add_row(Text(operation, style="bold"), "", "", "")
        for result in run.requirements:
            if result.requirement.operation == operation:
                _add_row(table, result)
    console.print(table)


def _add_row(table: Table, result: RequirementResult) -> None:
    row = result.requirement
    waived = " (waived)" if result.waiver else ""
    outcome = Text(f"{result.outcome.value}{waived}", style=_STYLES[result.outcome])
    table.add_row(f"  {row.id}", row.level.value, outcome, escape(row.title))


def _print_story(console: Console, result: RequirementResult, proof: Evidence, replay: str) -> None:
    row = result.requirement
    style = _STYLES[result.outcome]
    console.print()
    console.rule(
        Text(f"{row.id} {row.level.value} {result.outcome.value}", style=style), align="left"
    )
    _print_pair(console, "obligation", row.statement)
    _print_pair(console, "expected", proof.expected)
    _print_pair(console, "actual", proof.actual)
    for step in proof.steps:
        _print_pair(console, "", step)
    if proof.exchange is not None:
        _print_exchange(console, proof.exchange)
    _print_pair(console, "source", str(row.source))
    if proof.exchange is not None:
        _print_pair(console, "send again", proof.exchange["curl"])
    _print_pair(console, "run again", replay_line(replay, proof.case))


def _print_exchange(console: Console, exchange: dict[str, object]) -> None:
    request, response = exchange["request"], exchange["response"]
    if not isinstance(request, dict):
        return
    _print_pair(console, "request", f"{request['method']} {request['url']}")
    if request["body"]["bytes"]:
        _print_pair(console, "", _body(request["body"]))
    if isinstance(response, dict):
        _print_pair(console, "response", f"{response['status']} {_body(response['body'])}".strip())
    else:
        _print_pair(console, "response", f"none: {exchange['error']}")


def _body(body: dict[str, object]) -> str:
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(body["text"]))
    if len(text) <= _SHOWN_BODY_CHARACTERS:
        return text
    return f"{text[:_SHOWN_BODY_CHARACTERS]}… ({body['bytes']} bytes in all)"


def _print_pair(console: Console, name: str, value: str) -> None:
    line = Text(f"{name:>11}  ", style="bold")
    line.append(value, style="not bold")
    console.print(line, soft_wrap=True)


def _print_unverified(console: Console, run: Run) -> None:
    reasons: dict[str, list[str]] = {}
    for result in run.unverified:
        reasons.setdefault(result.reason, []).append(result.requirement.id)
    if reasons:
        console.print("\nNot verified", style="bold magenta")
    for reason, rows in reasons.items():
        console.print(Text(f"  {', '.join(rows)}: {reason}"), soft_wrap=True)


def _print_waivers(console: Console, run: Run) -> None:
    if run.waivers:
        console.print("\nWaivers", style="bold")
    for use in run.waivers:
        waiver = use.waiver
        end = f"until {waiver.expires}" if waiver.expires else "without an end"
        parts = (waiver.reason, waiver.issue, waiver.owner, end)
        line = Text(f"  {waiver.requirement} ")
        line.append(use.state.value, style="bold yellow" if use.state.needs_care else "bold")
        line.append(f" ({use.note})" if use.note else "")
        line.append(f": {', '.join(filter(None, parts))}")
        console.print(line, soft_wrap=True)


def _print_faults(console: Console, run: Run) -> None:
    for case in run.faults:
        console.print(Text(f"\nA fault of the kit in {case.case}", style="bold red"))
        console.print(Text(case.fault), soft_wrap=True)


def print_verdict(console: Console, run: Run) -> None:
    """Print the counts, what could not be removed, and the verdict."""
    if not run.untestable:
        counts = ", ".join(f"{count} {name}" for name, count in run.counts.items() if count)
        requests = sum(case.requests for case in run.cases)
        console.print(f"\n{counts}; {requests} requests in {run.duration_s:.1f} s")
    if run.leftovers:
        shown = ", ".join(run.leftovers[:5])
        console.print(Text(f"could not be removed from the target: {len(run.leftovers)} ({shown})"))
    note = run.untestable or run.incomplete
    console.print(
        Text.assemble(
            f"{run.profile}: ",
            (run.verdict.value, _VERDICT_STYLES[run.verdict]),
            f" ({note})" if note else "",
        ),
        soft_wrap=True,
    )
