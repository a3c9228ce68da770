"""`conformance explain`: everything the kit knows about one requirement."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

import click
from rich.text import Text

from conformance.cli.help import Command
from conformance.cli.options import REQUIREMENT
from conformance.problem import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.cli.explanation import Explanation
    from conformance.reports.terminal.console import Console

#: Lines longer than this are hard to read, however wide the terminal is.
_WIDTH = 88
_INDENT = 2
_LEVELS = {
    "MUST": "MUST: the document itself states it. If it is broken, the run fails.",
    "SHOULD": "SHOULD: only the further reference, an example or good practice asks for it."
    " If it is broken, the run warns; with --strict the run fails.",
}


@click.command(
    cls=Command,
    short_help="Explain a requirement and how to fix it.",
    examples=("conformance explain FH-COMPLETE-11", "conformance explain HY-PUT-05 --json"),
)
@click.argument("requirement", type=REQUIREMENT)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain(requirement: str, *, as_json: bool) -> int:
    """Explain a REQUIREMENT: its text, what is accepted, how to fix a server that breaks it."""
    from conformance.cli.explanation import Explanation
    from conformance.reports.terminal.console import Console

    explanation = Explanation.of(requirement)
    if as_json:
        click.echo(json.dumps(explanation.as_dict(), indent=2, ensure_ascii=False))
    else:
        print_explanation(explanation, Console())
    return ExitCode.OK


def print_explanation(explanation: Explanation, console: Console) -> None:
    """Print the requirement under headings, wrapped to a readable width."""
    width = min(console.width, _WIDTH)
    row = explanation.requirement
    _print(console, f"{row.id}  {row.level.value}  {row.operation}", width, style="bold")
    _print(console, row.title, width)
    for heading, lines in sections(explanation):
        console.print()
        _print(console, heading, width, style="bold cyan")
        for line in lines:
            _print(console, line.strip(), width, indent=_INDENT + _depth(line))


def _print(console: Console, text: str, width: int, *, indent: int = 0, style: str = "") -> None:
    """Print a text. Lines break only between words, so ids, flags and commands stay whole."""
    hanging = " " * (indent + _depth(text.replace("- ", "  ", 1)))
    wrapped = textwrap.fill(
        text,
        width,
        initial_indent=" " * indent,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    console.print(Text(wrapped, style=style), soft_wrap=True)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def sections(explanation: Explanation) -> Iterator[tuple[str, list[str]]]:
    """Yield each heading with its lines; leading spaces indent a line further."""
    row, guidance = explanation.requirement, explanation.guidance
    yield "Promise", [row.statement, _LEVELS[row.level.value]]
    yield "Source", [str(row.source)]
    readings = [text for text in (guidance.ambiguity, row.note) if text]
    if readings:
        yield "How we read it", readings
    if guidance.accepted:
        yield "What is accepted", [guidance.accepted]
    if explanation.provable:
        yield "How it is tested", _tested(explanation)
    else:
        yield "Why no case proves it", [text for text in (row.reason, guidance.tested) if text]
    if explanation.oracles:
        sentences = [f"{oracle.name}: {oracle.sentence}" for oracle in explanation.oracles]
        yield "Oracles that judge it on every answer", sentences
    if guidance.causes:
        heading = "Usual causes and fixes" if explanation.provable else "What helps"
        yield heading, [line for pair in guidance.remedies for line in _remedy(*pair)]
    yield from _faults(explanation)


def _tested(explanation: Explanation) -> list[str]:
    lines = [explanation.guidance.tested] if explanation.guidance.tested else []
    for name, flag in explanation.needs.items():
        lines.append(f"Needs {name}: pass {flag}. Without it, the requirement is not verified.")
    names = [
        name if count == 1 else f"{name} ({count} rows)"
        for name, count in explanation.functions.items()
    ]
    if names:
        lines.append(f"Cases: {', '.join(names)}")
    expression = " or ".join(explanation.functions)
    quoted = f'"{expression}"' if " " in expression else expression
    if expression:
        lines.append(f"Run only this: conformance run {explanation.profile} ... -k {quoted}")
    return lines


def _remedy(cause: str, fix: str) -> list[str]:
    return [f"- {cause}", f"  Fix: {fix}"]


def _faults(explanation: Explanation) -> Iterator[tuple[str, list[str]]]:
    heading = "Faults of the reference server that break it"
    if explanation.faults is None:
        yield heading, ['To list them: pip install "media-conformance[reference]"']
    elif explanation.faults:
        yield heading, [f"{fault.name}: {fault.sentence}" for fault in explanation.faults]
