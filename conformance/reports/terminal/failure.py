"""A failure as a story: obligation, expected, actual, the exchange, the clause, how to replay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from conformance.model.redaction import visible
from conformance.reports.terminal.layout import print_copied, print_pair

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

_SHOWN_BODY_CHARACTERS = 600
_SHOWN_CASES = 3


def print_story(console: Console, row: Mapping[str, Any], style: str, *, every: bool) -> None:
    """Tell why a requirement of the report does not hold; of further proofs, what differs."""
    first, *more = row["evidence"]
    _print_title(console, row, style)
    print_pair(console, "obligation", row["statement"])
    _print_proof(console, first)
    print_pair(console, "source", "{section} ({document})".format(**row["source"]))
    _print_replay(console, first)
    for proof in more if every else ():
        console.print()
        _print_proof(console, proof)
        _print_replay(console, proof)
    if more and not every:
        _print_others(console, more)


def _print_others(console: Console, proofs: list[Mapping[str, Any]]) -> None:
    """Name further cases that show it; `--verbose` tells them whole."""
    names = list(dict.fromkeys(_case(proof) for proof in proofs))
    shown = ", ".join(names[:_SHOWN_CASES])
    more = f" and {len(names) - _SHOWN_CASES} more" if len(names) > _SHOWN_CASES else ""
    print_pair(console, "also in", f"{shown}{more} (-v tells all)")


def print_brief(console: Console, row: Mapping[str, Any], style: str) -> None:
    """Tell it in three lines: for one of many warnings."""
    proof = row["evidence"][0]
    _print_title(console, row, style)
    print_pair(console, "obligation", row["statement"])
    print_pair(console, "expected", proof["expected"])
    print_pair(console, "actual", proof["actual"])
    print_copied(console, "run again", proof["replay"])


def _print_title(console: Console, row: Mapping[str, Any], style: str) -> None:
    waived = ", waived" if row["waiver"] else ""
    title = f"{row['id']} {row['level']} {row['outcome']}{waived}"
    console.print()
    console.rule(Text(title, style=style), align="left", style=style)


def _print_proof(console: Console, proof: Mapping[str, Any]) -> None:
    print_pair(console, "expected", proof["expected"])
    print_pair(console, "actual", proof["actual"])
    for number, step in enumerate(proof["steps"]):
        for line in step.splitlines():
            print_pair(console, "steps" if number == 0 else "", line)
    if proof["exchange"] is not None:
        _print_exchange(console, proof["exchange"])


def _print_exchange(console: Console, exchange: Mapping[str, Any]) -> None:
    request, response = exchange["request"], exchange["response"]
    print_copied(console, "request", f"{request['method']} {request['url']}")
    _print_body(console, request)
    if response is None:
        print_pair(console, "response", f"none: {exchange['error']}")
        return
    print_pair(console, "response", f"{response['status']} {_kind(response)}".strip())
    _print_body(console, response)


def _kind(message: Mapping[str, Any]) -> str:
    """Return the content type of a request or response as it was sent, or an empty text."""
    headers = message["headers"]
    return " ".join(value for name, value in headers if name.lower() == "content-type")


def _print_body(console: Console, message: Mapping[str, Any]) -> None:
    body = message["body"]
    if _is_binary(body["text"]):
        print_pair(console, "", f"{_kind(message) or 'binary'}, {body['bytes']} bytes")
        return
    text = visible(body["text"])
    if len(text) > _SHOWN_BODY_CHARACTERS:
        text = f"{text[:_SHOWN_BODY_CHARACTERS]}… ({body['bytes']} bytes in all)"
    if text:
        print_pair(console, "", text)


def _is_binary(text: str) -> bool:
    """Say whether a body was no text: its bytes were no UTF-8, or hold a NUL."""
    return "\0" in text or "\ufffd" in text


def _print_replay(console: Console, proof: Mapping[str, Any]) -> None:
    if proof["exchange"] is not None:
        print_copied(console, "send again", proof["exchange"]["curl"])
    print_copied(console, "run again", proof["replay"])


def _case(proof: Mapping[str, Any]) -> str:
    return str(proof["case"]).rsplit("::", 1)[-1]
