"""What became of requirements, as lists under headings: what `diff` and `replay` print.

As text for a terminal, as Markdown for a comment on a merge request, as JSON for a program.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.text import Text

from conformance.model.redaction import visible
from conformance.reports.markdown import escaped

if TYPE_CHECKING:
    from rich.console import Console

#: The names of the formats, the usual one first.
FORMATS = ("text", "markdown", "json")


@dataclass(frozen=True)
class Entry:
    """What became of one requirement: in a few words, and why."""

    requirement: str
    level: str
    title: str
    outcome: str
    reason: str = ""

    def __str__(self) -> str:
        """Write it as one line."""
        reason = f": {self.reason}" if self.reason else ""
        return visible(f"{self.requirement} {self.level} {self.outcome}{reason}")


@dataclass(frozen=True)
class Group:
    """Entries with one heading; it may be empty, and is then not shown."""

    heading: str
    style: str
    entries: list[Entry]


@dataclass(frozen=True)
class Listing:
    """Groups with a title and a conclusion.

    `good` says whether the conclusion is, `notes` are sentences that a reader must know, and
    `data` is the same for a program.
    """

    title: str
    groups: list[Group]
    conclusion: str
    data: dict[str, Any]
    good: bool
    notes: list[str] = field(default_factory=list)

    def print(self, console: Console, form: str = FORMATS[0]) -> None:
        """Print it in one of the formats."""
        match form:
            case "json":
                console.out(json.dumps(self.data, indent=2, ensure_ascii=False), highlight=False)
            case "markdown":
                console.out(self.markdown(), highlight=False, end="")
            case _:
                self._print_text(console)

    def markdown(self) -> str:
        """Return it as Markdown; text of a server cannot become mark-up in it."""
        sign = "✅" if self.good else "❌"
        blocks = [f"## {sign} {escaped(self.title)}: {escaped(self.conclusion)}"]
        blocks += [f"> **{escaped(note)}**" for note in self.notes]
        for group in self.groups:
            if group.entries:
                blocks.append(f"### {escaped(group.heading)} ({len(group.entries)})")
                blocks.append("\n".join(map(_item, group.entries)))
        return "\n\n".join(blocks) + "\n"

    def _print_text(self, console: Console) -> None:
        for group in self.groups:
            if group.entries:
                heading = f"{group.heading} ({len(group.entries)})"
                console.print(Text(heading, style=group.style))
            for entry in group.entries:
                console.print(Text(f"  {entry}"), soft_wrap=True)
                console.print(Text(f"      {visible(entry.title)}", style="dim"), soft_wrap=True)
        for note in self.notes:
            console.print(Text(visible(note), style="bold magenta"), soft_wrap=True)
        style = "bold green" if self.good else "bold red"
        console.print(Text(self.conclusion, style=style), soft_wrap=True)


def _item(entry: Entry) -> str:
    reason = f": {escaped(entry.reason)}" if entry.reason else ""
    head = f"**{escaped(entry.requirement)}** ({entry.level}) {escaped(entry.title)}"
    return f"- {head}: *{escaped(entry.outcome)}*{reason}"
