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
from conformance.reports.message import body_text, content_type, is_told, sent, short

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from conformance.reports.report import Row

#: How many characters of a body are shown, unless a format has less room.
BODY_CHARACTERS = 600
#: The beginning of a body by which a text is known to repeat it.
_BODY_BEGINS = 24


class Name(StrEnum):
    """The name of a part."""

    OBLIGATION = "obligation"
    EXPECTED = "expected"
    ACTUAL = "actual"
    SENT = "sent"
    REPEATED = "repeated"
    ORACLE = "seen by"
    AGAINST = "contradicts"
    STEPS = "steps"
    REQUEST = "request"
    REQUEST_BODY = "request body"
    RESPONSE = "response"
    RESPONSE_BODY = "response body"
    SERVER_LOG = "server log"
    SOURCE = "source"
    CAUSES = "usual cause"
    EXPLAIN = "explain"
    SEND_AGAIN = "send again"
    REPRODUCER = "reproducer"
    RUN_AGAIN = "run again"


_BODIES = frozenset({Name.REQUEST_BODY, Name.RESPONSE_BODY})
_COPIED = frozenset({Name.REQUEST, Name.EXPLAIN, Name.SEND_AGAIN, Name.RUN_AGAIN})
#: The parts whose text is a list, with an item on each line.
LISTS = frozenset({Name.STEPS, Name.SERVER_LOG, Name.CAUSES})
#: The parts for a place that has room for a few lines only.
BRIEF = frozenset(
    {Name.OBLIGATION, Name.EXPECTED, Name.ACTUAL, Name.SENT, Name.REPEATED, Name.REQUEST,
     Name.EXPLAIN, Name.RUN_AGAIN}
)  # fmt: skip
#: The parts that a second piece of evidence for the same requirement does not repeat.
OF_THE_REQUIREMENT = frozenset({Name.OBLIGATION, Name.SOURCE, Name.CAUSES, Name.EXPLAIN})


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
        """The text without characters that act on a terminal; a line for each item of a list."""
        lines = self.text.splitlines() if self.name in LISTS else [self.text]
        return [visible(line) for line in lines]


def title(row: Row) -> str:
    """Return the heading of a failure: its id, level and outcome, why it is spared, its title."""
    spared = f", {mark(row)}" if mark(row) else ""
    return visible(f"{row['id']} {row['level']} {row['outcome']}{spared}: {row['title']}")


def proofs(row: Row) -> list[Row]:
    """Return the evidence of a requirement, what its own cases judged themselves first."""
    own = {case["id"] for case in row["cases"]}
    return sorted(
        row["evidence"],
        key=lambda proof: (
            bool(proof.get("aside")),
            bool(proof.get("oracle")),
            proof["case"] not in own,
        ),
    )


def parts(row: Row, proof: Row, *, body: int = BODY_CHARACTERS) -> list[Part]:
    """Return the parts of one failure, in order, without those that have nothing to show.

    Args:
        row: A requirement of the report.
        proof: One entry of its evidence.
        body: How many characters of a body to show.
    """
    return [part for part in _parts(row, proof, body) if part.text]


def brief(row: Row, proof: Row) -> list[Part]:
    """Return the few parts that a short form shows; the arguments are those of `parts`."""
    actual = Part(Name.ACTUAL, short(proof["actual"]))
    shown = (part for part in parts(row, proof) if part.name in BRIEF)
    return [actual if part.name is Name.ACTUAL else part for part in shown]


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


def _parts(row: Row, proof: Row, body: int) -> Iterator[Part]:
    exchange = proof["exchange"]
    yield Part(Name.OBLIGATION, row["statement"])
    yield Part(Name.EXPECTED, short(proof["expected"]))
    yield Part(Name.ACTUAL, _actual(proof))
    yield Part(Name.SENT, sent(proof))
    yield Part(Name.REPEATED, _repeated(proof.get("repeated")))
    yield Part(Name.ORACLE, _oracle(proof))
    yield Part(Name.AGAINST, _against(proof.get("against"), body))
    yield Part(Name.STEPS, "\n".join(proof["steps"]))
    if exchange is not None:
        yield from _exchange(proof, exchange, body)
    yield Part(Name.SERVER_LOG, "\n".join(proof.get("server_log", ())))
    yield Part(Name.SOURCE, "{section} ({document})".format(**row["source"]))
    yield Part(Name.CAUSES, "\n".join(_causes(row)))
    yield Part(Name.EXPLAIN, f"conformance explain {row['id']}" if row.get("remedies") else "")
    if proof.get("resend", exchange is not None):
        yield Part(Name.SEND_AGAIN, exchange["curl"])
    else:
        yield Part(Name.REPRODUCER, ", ".join(proof.get("reproducers", ())))
    yield Part(Name.RUN_AGAIN, proof["replay"])


def _actual(proof: Row) -> str:
    """Return what happened, without the body of the response if that follows anyway."""
    actual, body = proof["actual"], _response_text(proof["exchange"])
    place = actual.find(body[:_BODY_BEGINS]) if len(body) >= _BODY_BEGINS else -1
    return short(actual if place < 1 or body in actual else actual[:place].rstrip())


def _response_text(exchange: Row | None) -> str:
    if exchange is None or exchange["response"] is None:
        return ""
    return str(exchange["response"]["body"]["text"]).strip()


def _causes(row: Row) -> Iterator[str]:
    """Yield the usual causes, each with its fix."""
    for remedy in row.get("remedies", ()):
        yield f"{remedy['cause']} Fix: {remedy['fix']}"


def _repeated(seen: Row | None) -> str:
    """Return how often an intermittent failure came; empty for one that came each time."""
    if seen is None or seen["failed"] == seen["runs"]:
        return ""
    return f"the case failed {seen['failed']} of {seen['runs']} times: the server is unsteady"


def _oracle(proof: Row) -> str:
    return f"the oracle {proof['oracle']}" if proof.get("oracle") else ""


def _against(exchange: Row | None, most: int) -> str:
    """Return the earlier request, and what was answered, in one line; empty without one."""
    if exchange is None:
        return ""
    request, response = exchange["request"], exchange["response"]
    answer = (
        f"{response['status']} {body_text(response, most)}"
        if response
        else f"none: {exchange['error']}"
    )
    return f"{request['method']} {short(request['url'])} -> {answer}".strip()


def _exchange(proof: Row, exchange: Row, most: int) -> Iterator[Part]:
    """Yield the request and the response, without the bodies that other parts show whole."""
    request, response = exchange["request"], exchange["response"]
    yield Part(Name.REQUEST, f"{request['method']} {short(request['url'])}")
    if exchange.get("credential") or not is_told(exchange):
        yield Part(Name.REQUEST_BODY, body_text(request, most))
    if response is None:
        yield Part(Name.RESPONSE, f"none: {exchange['error']}")
        return
    yield Part(Name.RESPONSE, f"{response['status']} {content_type(response)}".strip())
    if _response_text(exchange) not in proof["actual"]:
        yield Part(Name.RESPONSE_BODY, body_text(response, most))
