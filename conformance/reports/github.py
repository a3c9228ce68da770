"""Output for GitHub Actions: annotations on the run, and the summary of its step."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING
from uuid import uuid4

from conformance.reports import failure, markdown
from conformance.reports.decision import excuse, mark, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conformance.model.redaction import Redactor
    from conformance.reports.report import Report, Row

#: GitHub shows ten annotations of a kind for each step and silently drops the others.
_SHOWN_OF_A_KIND = 10
_LONGEST_CHARACTERS = 1_000
#: GitHub takes at most one mebibyte of summary from a step; it drops a longer one whole.
_SUMMARY_BYTES = 1_000_000


def render(report: Report) -> str:
    """Return one workflow command, on a line, for each failure and each warning.

    A failure that is waived or known is a notice.
    """
    failed, spared = report.having("failed"), [*filter(mark, report.having("failed"))]
    lines = [
        *_of_kind("error", "failed", [row for row in failed if not mark(row)]),
        *_of_kind("notice", "failed, waived or known", spared),
        *_of_kind("warning", "warned", report.having("warned")),
    ]
    verdict = f"{report['profile']}: {report['verdict']}"
    if spared:
        lines.append(_command("notice", report["profile"], sentence(report)))
    lines += [_command("warning", verdict, line) for line in report.get("warnings", [])]
    if report["verdict"] == "untestable" or not report["complete"]:
        lines.append(_command("error", verdict, report["reason"]))
    return "".join(f"{line}\n" for line in lines)


@contextmanager
def commands_stopped(say: Callable[[str], object]) -> Iterator[None]:
    """Turn workflow commands off inside the block: text of a server could start one.

    `say` prints one line.
    """
    word = uuid4().hex
    say(f"::stop-commands::{word}")
    try:
        yield
    finally:
        say(f"::{word}::")


def append_summary(report: Report, path: Path, redactor: Redactor) -> str:
    """Append `summary.md` to the step's summary; return a warning when that is not possible.

    Args:
        report: The report.
        path: The file that GITHUB_STEP_SUMMARY names.
        redactor: Knows the secrets of the run.
    """
    text = redactor.text(markdown.render(report)).encode("utf-8", "replace")
    if len(text) > _SUMMARY_BYTES:
        return f"warning: the summary of {len(text)} bytes is longer than GitHub takes from a step"
    try:
        with path.open("ab") as summary:
            summary.write(b"\n" + text)
    except OSError as error:
        return f"warning: GITHUB_STEP_SUMMARY={path} cannot be written: {error.strerror}"
    return ""


def _of_kind(kind: str, what: str, rows: list[Row]) -> Iterator[str]:
    fitting = len(rows) if len(rows) <= _SHOWN_OF_A_KIND else _SHOWN_OF_A_KIND - 1
    for row in islice(rows, fitting):
        yield _command(kind, failure.title(row), _message(row))
    rest = ", ".join(row["id"] for row in rows[fitting:])
    if rest:
        yield _command(kind, f"{len(rows) - fitting} more {what}", rest)


def _message(row: Row) -> str:
    shown = (part for proof in failure.proofs(row)[:1] for part in failure.brief(row, proof))
    lines = [f"{part.label}: {line}" for part in shown for line in part.lines]
    return "\n".join(filter(None, (excuse(row), *lines)))


def _command(kind: str, title: str, message: str) -> str:
    """Return one workflow command; the message cannot start a second one."""
    shown = message[:_LONGEST_CHARACTERS]
    shown += "…" if len(message) > _LONGEST_CHARACTERS else ""
    return f"::{kind} title={_property(title)}::{_data(shown)}"


def _data(text: str) -> str:
    printable = "".join(c if c.isprintable() or c in "\r\n" else "\N{REPLACEMENT CHARACTER}"
                        for c in text)  # fmt: skip
    return printable.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
