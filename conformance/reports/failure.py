"""A failure as data: its named parts, in the one order in which every format shows them.

The obligation, what was expected and what happened, the exchange that shows it, the clause of
the document, and how to replay it. A format chooses and lays out parts; it does not make any.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from conformance.model.redaction import visible
from conformance.reports.decision import mark

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from conformance.reports.report import Row

_SHOWN_BODY_CHARACTERS = 600


class Name(StrEnum):
    """The name of a part."""

    OBLIGATION = "obligation"
    EXPECTED = "expected"
    ACTUAL = "actual"
    REPEATED = "repeated"
    ORACLE = "seen by"
    AGAINST = "contradicts"
    STEPS = "steps"
    REQUEST = "request"
    REQUEST_BODY = "request body"
    RESPONSE = "response"
    RESPONSE_BODY = "response body"
    SOURCE = "source"
    SEND_AGAIN = "send again"
    RUN_AGAIN = "run again"


_BODIES = frozenset({Name.REQUEST_BODY, Name.RESPONSE_BODY})
_COPIED = frozenset({Name.REQUEST, Name.SEND_AGAIN, Name.RUN_AGAIN})
#: The parts for a place that has room for a few lines only.
BRIEF = frozenset({Name.OBLIGATION, Name.EXPECTED, Name.ACTUAL, Name.REPEATED, Name.RUN_AGAIN})
#: The parts that a second piece of evidence for the same requirement does not repeat.
OF_THE_REQUIREMENT = frozenset({Name.OBLIGATION, Name.SOURCE})


@dataclass(frozen=True)
class Part:
    """One part of a failure; `text` is as it was recorded, and may come from the server.

    Only a format that marks control characters itself (the page) shows `text`; the others
    show `lines`.
    """

    name: Name
    text: str

    @property
    def label(self) -> str:
        """The name as readers see it; empty for a body, which continues the part before it."""
        return "" if self.name in _BODIES else self.name.value

    @property
    def copied(self) -> bool:
        """Whether readers copy the part, so that it must stay on one line."""
        return self.name in _COPIED

    @property
    def lines(self) -> list[str]:
        """The text without characters that act on a terminal; a line for each step."""
        lines = self.text.splitlines() if self.name is Name.STEPS else [self.text]
        return [visible(line) for line in lines]


def title(row: Row) -> str:
    """Return the heading of a failure: the id, the level, the outcome, and why it is spared."""
    spared = f", {mark(row)}" if mark(row) else ""
    return visible(f"{row['id']} {row['level']} {row['outcome']}{spared}")


def parts(row: Row, proof: Row) -> list[Part]:
    """Return the parts of one failure, in order, without those that have nothing to show.

    Args:
        row: A requirement of the report.
        proof: One entry of its evidence.
    """
    return [part for part in _parts(row, proof) if part.text]


def brief(row: Row, proof: Row) -> list[Part]:
    """Return the few parts that a short form shows; the arguments are those of `parts`."""
    return [part for part in parts(row, proof) if part.name in BRIEF]


def plain(row: Row, proof: Row, *, without: Container[Name] = ()) -> str:
    """Return the parts as plain text, with aligned labels.

    Args:
        row: A requirement of the report.
        proof: One entry of its evidence.
        without: The names of parts to leave out.
    """
    shown = [part for part in parts(row, proof) if part.name not in without]
    width = max(len(part.label) for part in shown)
    lines = []
    for part in shown:
        for number, line in enumerate(part.lines):
            label = part.label if number == 0 else ""
            lines.append(f"{label:>{width}}  {line}".rstrip())
    return "\n".join(lines)


def _parts(row: Row, proof: Row) -> Iterator[Part]:
    yield Part(Name.OBLIGATION, row["statement"])
    yield Part(Name.EXPECTED, proof["expected"])
    yield Part(Name.ACTUAL, proof["actual"])
    yield Part(Name.REPEATED, _repeated(proof.get("repeated")))
    yield Part(Name.ORACLE, _oracle(proof))
    yield Part(Name.AGAINST, _against(proof.get("against")))
    yield Part(Name.STEPS, "\n".join(proof["steps"]))
    exchange = proof["exchange"]
    if exchange is not None:
        yield from _exchange(exchange)
    yield Part(Name.SOURCE, "{section} ({document})".format(**row["source"]))
    if exchange is not None:
        yield Part(Name.SEND_AGAIN, exchange["curl"])
    yield Part(Name.RUN_AGAIN, proof["replay"])


def _repeated(seen: Row | None) -> str:
    """Return how often an intermittent failure came; empty for one that came each time."""
    if seen is None or seen["failed"] == seen["runs"]:
        return ""
    return f"the case failed {seen['failed']} of {seen['runs']} times: the server is unsteady"


def _oracle(proof: Row) -> str:
    return f"the oracle {proof['oracle']}" if proof.get("oracle") else ""


def _against(exchange: Row | None) -> str:
    """Return the earlier request, and what was answered, in one line; empty without one."""
    if exchange is None:
        return ""
    request, response = exchange["request"], exchange["response"]
    answer = f"{response['status']} {_body(response)}" if response else f"none: {exchange['error']}"
    return f"{request['method']} {request['url']} -> {answer}".strip()


def _exchange(exchange: Row) -> Iterator[Part]:
    request, response = exchange["request"], exchange["response"]
    yield Part(Name.REQUEST, f"{request['method']} {request['url']}")
    yield Part(Name.REQUEST_BODY, _body(request))
    if response is None:
        yield Part(Name.RESPONSE, f"none: {exchange['error']}")
        return
    yield Part(Name.RESPONSE, f"{response['status']} {_content_type(response)}".strip())
    yield Part(Name.RESPONSE_BODY, _body(response))


def _body(message: Row) -> str:
    """Return a body as text: shortened, or only its type and size where it is binary."""
    text, size = message["body"]["text"], message["body"]["bytes"]
    if _is_binary(text):
        return f"{_content_type(message) or 'binary'}, {size} bytes"
    shown = visible(text)
    if len(shown) > _SHOWN_BODY_CHARACTERS:
        return f"{shown[:_SHOWN_BODY_CHARACTERS]}… ({size} bytes in all)"
    return shown


def _is_binary(text: str) -> bool:
    """Return whether the recorded bytes were not UTF-8, or held a NUL."""
    return "\0" in text or "\ufffd" in text


def _content_type(message: Row) -> str:
    """Return the content type as it was sent, or an empty text."""
    headers = message["headers"]
    return " ".join(value for name, value in headers if name.lower() == "content-type")
