"""How a report shows the texts of a request or a response: short, and without long signatures."""

from __future__ import annotations

import json
import re
from itertools import chain, islice
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from conformance.model.redaction import visible

if TYPE_CHECKING:
    from conformance.reports.report import Row

#: The signed part of a URL's query, also where it was cut, or escaped for JSON.
_SIGNED = re.compile(r"(?i)([?&]|\\u0026)X-Amz-[a-z](?:\\u0026|[^\s\"'<>\\])*")
#: Headers that say nothing about what a case varies.
_USUAL = frozenset(
    {"accept", "accept-encoding", "authorization", "connection", "content-length", "host",
     "user-agent", "x-request-id"}
)  # fmt: skip
_JSON = "application/json"
_VALUE_CHARACTERS = 80
#: A part of a path that is shorter is a word of the API, and no id.
_ID_CHARACTERS = 12
_INPUT_CHARACTERS = 300


def short(text: str) -> str:
    """Return a text with each pre-signed query shortened: `?X-Amz-...`."""
    return _SIGNED.sub(r"\1X-Amz-...", text)


def body_text(message: Row, most: int) -> str:
    """Return a body as text: shortened, or only its type and size where it is binary."""
    text, size = message["body"]["text"], message["body"]["bytes"]
    if _is_binary(text):
        return f"{content_type(message) or 'binary'}, {size} bytes"
    shown = visible(short(text))
    return shown if len(shown) <= most else f"{shown[:most]}… ({size} bytes in all)"


def content_type(message: Row) -> str:
    """Return the content type as it was sent, or an empty text."""
    headers = message["headers"]
    return " ".join(value for name, value in headers if name.lower() == "content-type")


def sent(proof: Row) -> str:
    """Return in one line the input of the failing request: its key, headers and JSON members.

    Where the request has no input of its own, and the case is one example of several, it is the
    input of an earlier request: the one whose answer named what this one is about, or the last.
    """
    exchange = proof["exchange"]
    if exchange is None:
        return ""
    found = list(_input(exchange))
    if not found and "[" in str(proof["case"]):
        steps = [step for step in reversed(proof["transcript"][:-1]) if _members(step)]
        origins = (step for step in steps if _named(step, exchange["request"]["url"]))
        found = [f"earlier: {', '.join(_input(step))}" for step in islice(chain(origins, steps), 1)]
    line = ", ".join(found)
    return line if len(line) <= _INPUT_CHARACTERS else f"{line[:_INPUT_CHARACTERS]}…"


def _named(step: Row, url: str) -> bool:
    """Return whether the answer of a step holds a long part of a path: the id in it."""
    text = step["response"]["body"]["text"] if step["response"] else ""
    parts = (unquote(part) for part in urlsplit(url).path.split("/"))
    return any(len(part) >= _ID_CHARACTERS and part in text for part in parts)


def is_told(exchange: Row) -> bool:
    """Return whether `sent` shows the whole body of a request."""
    members = _members(exchange)
    return members is not None and all(
        len(json.dumps(value)) <= _VALUE_CHARACTERS for value in members.values()
    )


def _input(exchange: Row) -> list[str]:
    """Return what is special about a request, the key first."""
    if exchange.get("credential"):
        return [exchange["credential"]]
    request = exchange["request"]
    members = _members(exchange)
    usual = _USUAL | ({"content-type"} if content_type(request) == _JSON else set())
    found = [
        f"{name}: {_cut(value)}" for name, value in request["headers"] if name.lower() not in usual
    ]
    if members is not None:
        found += [f"{name}: {_shown(value)}" for name, value in members.items()] or ["body: {}"]
    elif request["body"]["bytes"]:
        text, size = request["body"]["text"], request["body"]["bytes"]
        found.append(f"{size} bytes" if _is_binary(text) else f"body: {_cut(visible(text))}")
    return found


def _members(exchange: Row) -> dict[str, Any] | None:
    """Return the members of a JSON object that was sent whole; None for another body."""
    body = exchange["request"]["body"]
    try:
        found = json.loads(body["text"]) if body["bytes"] else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _shown(value: Any) -> str:
    return _cut(json.dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    shown = short(text)
    if len(shown) <= _VALUE_CHARACTERS:
        return shown
    return f"{shown[:_VALUE_CHARACTERS]}… ({len(text):,} characters)"


def _is_binary(text: str) -> bool:
    """Return whether the recorded bytes were not UTF-8, or held a NUL."""
    return "\0" in text or "\ufffd" in text
