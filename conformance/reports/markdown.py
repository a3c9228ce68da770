"""`summary.md`: the verdict and each failure, for a pull request or the summary of a CI step."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.reports.report import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.reports.report import Report, Row

_SIGNS = {"conformant": "✅", "partial": "🟡", "nonconformant": "❌", "untestable": "⚠️"}
_SHOWN_BODY_CHARACTERS = 600
#: A summary is read at a glance: the other failures stand in the report.
_SHOWN_PROOFS = 50
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>~&@])")
_BACKTICKS = re.compile("`+")


def render(report: Report) -> str:
    """Return the summary; no text of a server can be more in it than text."""
    where = code(str(report["target"].get("base_url") or "-"))
    effort = f"{report['requests']} requests in {report['duration_s']:.1f} s"
    blocks = [
        f"## {_SIGNS[report['verdict']]} {escaped(report['profile'])}: {report['verdict']}",
        f"{escaped(report.headline)} at {where}, {effort}.",
        *(f"> **{escaped(remark)}**" for remark in report.remarks),
        _counts(report),
        *_stories("Failed", report.having("failed")),
        *_stories("Warned", report.having("warned")),
        *_unverified(report),
        *_waivers(report),
        _origin(report),
    ]
    return "\n\n".join(blocks) + "\n"


def escaped(text: str) -> str:
    """Return text as Markdown that shows it: one line, no mark-up, no HTML, no mention."""
    return _SPECIAL.sub(r"\\\1", _printable(text))


def code(text: str) -> str:
    """Return text as a code span of one line, whatever backticks are in it."""
    line = _printable(text).replace("|", "\N{BROKEN BAR}")
    ticks = _fence(line, 1)
    space = " " if line[:1] in "` " or line[-1:] in "` " else ""
    return f"{ticks}{space}{line}{space}{ticks}"


def block(text: str, language: str = "text") -> str:
    """Return text as a fenced block, whatever fences are in it."""
    lines = "\n".join(map(_printable, text.splitlines()))
    fence = _fence(lines, 3)
    return f"{fence}{language}\n{lines}\n{fence}"


def _fence(text: str, least: int) -> str:
    longest = max(map(len, _BACKTICKS.findall(text)), default=0)
    return "`" * max(least, longest + 1)


def _printable(text: str) -> str:
    """Return the text on one line; a character that would turn or hide text is replaced."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}"
                   for c in " ".join(text.split()))  # fmt: skip


def _counts(report: Report) -> str:
    lines = ["| level | " + " | ".join(OUTCOMES) + " |", "|---" * (len(OUTCOMES) + 1) + "|"]
    for level, counts in report.levels.items():
        lines.append(f"| {level} | " + " | ".join(str(counts[name]) for name in OUTCOMES) + " |")
    return "\n".join(lines)


def _stories(title: str, rows: list[Row]) -> Iterator[str]:
    if rows:
        yield f"### {title}"
    for row in rows[:_SHOWN_PROOFS]:
        yield f"**{escaped(row['id'])}** ({row['level']}) {escaped(row['statement'])}"
        for proof in row["evidence"][:1]:
            yield _proof(row, proof)
    if len(rows) > _SHOWN_PROOFS:
        yield f"and {len(rows) - _SHOWN_PROOFS} more, in the report."


def _proof(row: Row, proof: Row) -> str:
    source = f"{row['source']['section']} ({row['source']['document']})"
    lines = [f"- expected {code(proof['expected'])}", f"- but {code(proof['actual'])}"]
    exchange = proof["exchange"]
    if exchange is not None:
        lines.append(f"- sent {code(_request_line(exchange))}")
        lines.append(f"- answer {code(_answer(exchange))}")
    lines += [f"- source: {escaped(source)}", f"- run again: {code(proof['replay'])}"]
    if exchange is None:
        return "\n".join(lines)
    curl = block(exchange["curl"], "sh")
    return "\n".join(lines) + f"\n\n<details><summary>send again</summary>\n\n{curl}\n\n</details>"


def _request_line(exchange: Row) -> str:
    return f"{exchange['request']['method']} {exchange['request']['url']}"


def _answer(exchange: Row) -> str:
    response = exchange["response"]
    if response is None:
        return f"none: {exchange['error']}"
    text = response["body"]["text"]
    size = f" ({response['body']['bytes']} bytes in all)"
    rest = f"…{size}" if len(text) > _SHOWN_BODY_CHARACTERS else ""
    return f"{response['status']} {text[:_SHOWN_BODY_CHARACTERS]}{rest}".strip()


def _unverified(report: Report) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for row in report.having("not-verified"):
        reasons.setdefault(row["reason"], []).append(row["id"])
    if reasons:
        lines = [f"- {code(reason)}: {escaped(', '.join(ids))}" for reason, ids in reasons.items()]
        shown = "\n".join(lines[:_SHOWN_PROOFS])
        count = len(report.having("not-verified"))
        yield f"<details><summary>{count} not verified</summary>\n\n{shown}\n\n</details>"


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
    return (
        f"media-conformance {escaped(report['kit_version'])},"
        f" catalogue {escaped(report['catalogue_version'])},"
        f" {escaped(report['started'])}, effort {escaped(report['effort'])},"
        f" seed {report['seed']}. Everything again: {code(report['replay'])}"
    )
