"""`summary.md`: the verdict and each failure, for a pull request or the summary of a CI step."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from conformance.model.redaction import visible
from conformance.reports.causes import causes
from conformance.reports.decision import excuse, is_spared, sentence
from conformance.reports.failure import LISTS, Name, parts, proofs
from conformance.reports.headline import headline, levels, remarks
from conformance.reports.report import OUTCOMES
from conformance.reports.unverified import groups

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.reports.causes import Cause
    from conformance.reports.failure import Part
    from conformance.reports.report import Report, Row
    from conformance.reports.unverified import Group

_SIGNS = {"conformant": "✅", "partial": "🟡", "nonconformant": "❌", "untestable": "⚠️"}
#: The sign where all failures are waived or known.
_SPARED = "🟠"
#: A summary is read at a glance: the other failures are in the report.
_SHOWN_FAILURES = 50
#: How many reasons are shown for requirements that are not verified.
_SHOWN_REASONS = 50
#: Parts in words; all others are quoted as code.
_PROSE = frozenset({Name.OBLIGATION, Name.SOURCE, Name.CAUSES})
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>~&@])")
_BACKTICKS = re.compile("`+")


def render(report: Report) -> str:
    """Return the summary; text of a server cannot become mark-up in it."""
    where = code(str(report["target"].get("base_url") or "-"))
    effort = f"{report['requests']} requests in {report['duration_s']:.1f} s"
    blocks = [
        f"## {_sign(report)} {escaped(report['profile'])}: {escaped(sentence(report))}",
        f"{escaped(headline(report))} at {where}, {effort}.",
        *(f"> **{escaped(remark)}**" for remark in remarks(report)),
        _counts(report),
        *_failures(report),
        *_unverified(report),
        *_waivers(report),
        _origin(report),
    ]
    return "\n\n".join(blocks) + "\n"


def _sign(report: Report) -> str:
    return _SPARED if is_spared(report) else _SIGNS[report["verdict"]]


def escaped(text: str) -> str:
    """Return text escaped for Markdown: one line without mark-up, HTML or mentions."""
    return _SPECIAL.sub(r"\\\1", _printable(text))


def code(text: str) -> str:
    """Return text as a code span of one line; it may hold backticks."""
    line = _printable(text).replace("|", "\N{BROKEN BAR}")
    ticks = _fence(line, 1)
    space = " " if line[:1] in "` " or line[-1:] in "` " else ""
    return f"{ticks}{space}{line}{space}{ticks}"


def block(text: str, language: str = "text") -> str:
    """Return text as a fenced block; it may hold fences."""
    lines = "\n".join(map(visible, text.splitlines()))
    fence = _fence(lines, 3)
    return f"{fence}{language}\n{lines}\n{fence}"


def _fence(text: str, least: int) -> str:
    longest = max(map(len, _BACKTICKS.findall(text)), default=0)
    return "`" * max(least, longest + 1)


def _printable(text: str) -> str:
    """Return the text on one line, with control characters as their codes."""
    return visible(" ".join(text.split()))


def _counts(report: Report) -> str:
    lines = ["| level | " + " | ".join(OUTCOMES) + " |", "|---" * (len(OUTCOMES) + 1) + "|"]
    for level, counts in levels(report).items():
        lines.append(f"| {level} | " + " | ".join(str(counts[name]) for name in OUTCOMES) + " |")
    return "\n".join(lines)


def _failures(report: Report) -> Iterator[str]:
    """Yield the failures and then the warnings; those of one cause refer to the first of them."""
    found = causes(report)
    first = {row["id"]: cause for cause in found for row in (cause.row, *cause.others)}
    for heading, outcome in (("Failed", "failed"), ("Warned", "warned")):
        rows = report.having(outcome)
        if rows:
            yield f"### {heading}"
        for row in rows[:_SHOWN_FAILURES]:
            yield from _failure(row, first[row["id"]])
        if len(rows) > _SHOWN_FAILURES:
            yield f"and {len(rows) - _SHOWN_FAILURES} more, in the report."


def _failure(row: Row, cause: Cause) -> Iterator[str]:
    spared = f" *{escaped(excuse(row))}*" if excuse(row) else ""
    title = f"**{escaped(row['id'])}** ({row['level']}) {escaped(row['title'])}{spared}"
    if row is not cause.row:
        yield f"{title}: same cause as {escaped(cause.row['id'])}"
        return
    yield title
    for proof in proofs(row)[:1]:
        yield from _blocks(parts(row, proof))
    if cause.others:
        yield f"- same cause in: {escaped(', '.join(cause.ids))}"


def _blocks(shown: Iterable[Part]) -> Iterator[str]:
    """Yield lists of parts; the command to send again is a block between two of them."""
    for folded, group in groupby(shown, lambda part: part.name is Name.SEND_AGAIN):
        if folded:
            yield from map(_folded, group)
        else:
            yield "\n".join(line for part in group for line in _items(part))


def _items(part: Part) -> Iterator[str]:
    """Yield a part as list items; a body and each item of a list are items of the level below."""
    nested = part.name in LISTS
    if nested:
        yield f"- {part.label}"
    for line in part.lines:
        shown = escaped(line) if part.name in _PROSE else code(line)
        yield f"- {part.label}: {shown}" if part.label and not nested else f"  - {shown}"


def _folded(part: Part) -> str:
    """Return a command as a block that the reader unfolds and copies."""
    text = block(part.text, "sh")
    return f"<details><summary>{part.label}</summary>\n\n{text}\n\n</details>"


def _unverified(report: Report) -> Iterator[str]:
    found = groups(report)
    if found:
        shown = "\n".join(line for group in found[:_SHOWN_REASONS] for line in _group(group))
        count = len(report.having("not-verified"))
        yield f"<details><summary>{count} not verified</summary>\n\n{shown}\n\n</details>"


def _group(group: Group) -> Iterator[str]:
    lead = f"{group.lead} " if group.lead else ""
    yield f"- {lead}{code(group.cause)}: {escaped(', '.join(group.ids))}"
    for seen in group.seen:
        yield f"  - {code(seen)}"


def _waivers(report: Report) -> Iterator[str]:
    waivers = report.get("waivers", [])
    if waivers:
        lines = [
            f"- {escaped(waiver['requirement'])} ({escaped(waiver['state'])}):"
            f" {escaped(waiver['reason'])}"
            for waiver in waivers
        ]
        yield "### Waivers\n\n" + "\n".join(lines)


def _origin(report: Report) -> str:
    build = f"Build {code(report['build'])}, judged by " if report.get("build") else ""
    return (
        f"{build}media-conformance {escaped(report['kit_version'])},"
        f" catalogue {escaped(report['catalogue_version'])},"
        f" {escaped(report['started'])}{_choices(report)}."
        f" Run everything again: {code(report['replay'])}"
    )


def _choices(report: Report) -> str:
    """Return effort and seed, which the traffic of others does not have."""
    if report.get("traffic"):
        return ""
    return f", effort {escaped(report['effort'])}, seed {report['seed']}"
