"""What a refusal must not show: the rules that every profile shares (RESTler: LeakageRule).

They read the text of an answer. What the request itself carried may come back in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.knowledge.place import is_signed
from conformance.knowledge.texts import sent_words, words_of
from conformance.oracles.internals import INTERNALS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.knowledge.event import Event
    from conformance.knowledge.knowledge import Knowledge

_READ_CHARACTERS = 100_000
_ESCAPES = {"\\/": "/", "\\u0026": "&", "\\n": "\n", '\\"': '"'}
_DEPTH = 8


def text_of(event: Event) -> str:
    """Return the headers and the body of an answer as one text, with JSON's escapes undone."""
    plain = raw_text_of(event)
    for escaped, character in _ESCAPES.items():
        plain = plain.replace(escaped, character)
    return plain


def raw_text_of(event: Event) -> str:
    """Return the headers and the body of an answer as one text, as they were sent."""
    response = event.exchange.response if event.exchange else None
    if response is None:
        return ""
    headers = "\n".join(value for _, value in response.headers)
    body = response.body[:_READ_CHARACTERS].decode("utf-8", "replace")
    return f"{headers}\n{body}"


def internals_in(event: Event) -> str:
    """Return what an answer shows of the inside of the server, or an empty text."""
    found = INTERNALS.search(text_of(event))
    shown = found[0].strip() if found else ""
    return "" if shown and shown in _asked_text(event) else shown


def signed_urls_in(event: Event) -> list[str]:
    """Return the signed URLs in the JSON of an answer that its request did not carry."""
    asked = _asked_text(event)
    json = event.exchange.json if event.exchange else None
    return [text for text in _texts(json) if is_signed(text) and text not in asked]


def foreign_words_in(knowledge: Knowledge, event: Event) -> set[str]:
    """Return the words of an answer that only other callers know, and nobody sent."""
    words = words_of(text_of(event))
    foreign = knowledge.texts.of_others(event.caller, words) if words else set()
    return foreign - sent_words(event.request) if foreign else foreign


def _asked_text(event: Event) -> str:
    return f"{event.request.url} {event.request.body.decode('utf-8', 'replace')}"


def _texts(node: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif depth < _DEPTH and isinstance(node, dict | list):
        for child in node.values() if isinstance(node, dict) else node:
            yield from _texts(child, depth + 1)
