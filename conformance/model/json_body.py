"""The one place that parses the JSON of answers, so that no odd value goes any further.

A defect says why a client cannot rely on a body, although it is written as JSON. Where a
harmless value can replace the odd one, the other members can still be judged.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections import Counter
from dataclasses import dataclass
from typing import Any

#: So deep an answer may nest arrays and objects.
DEEPEST = 100
#: So many bytes and values a body may have.
LONGEST, MOST_VALUES = 4 * 1024 * 1024, 200_000

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# The kit sends this text of a post, and later lists may show it (RFC 8259 section 8.2 allows it).
_SENT = "\ud800"
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
#: The defect of a text with half of a surrogate pair.
HALF_A_PAIR = "a text holds half of a surrogate pair, which is not a character"
_SHOWN_DIGITS = 20
_SHOWN_NAME = 40
# The types of what JSON nests, exactly: no parsed value is of a type below them.
_NESTING = frozenset({dict, list})
_NO_UTF8 = "it is not UTF-8"


@dataclass(frozen=True)
class JsonBody:
    """A parsed body: its value, whether it is JSON, and why a client cannot rely on it.

    `defect` is empty for a usable body, and for a text that is not written as JSON at all.
    """

    value: Any = None
    is_json: bool = False
    defect: str = ""

    @property
    def members(self) -> dict[str, Any] | None:
        """The members of a usable object; None for every other body."""
        return self.value if isinstance(self.value, dict) and not self.defect else None


@dataclass(frozen=True)
class JsonLimits:
    """How many bytes, levels and values a body may have: a longer one is not parsed at all."""

    size: int = LONGEST
    depth: int = DEEPEST
    values: int = MOST_VALUES


_USUAL = JsonLimits()


def parsed(body: bytes, *, truncated: bool = False, limits: JsonLimits = _USUAL) -> JsonBody:
    """Parse a body; never raises, and no text of the value holds half of a surrogate pair.

    Args:
        body: The bytes of the answer.
        truncated: Whether the kit stopped reading: the answer is longer.
        limits: How large it may be. Text of a value that looks like several values counts so.
    """
    if truncated:
        return JsonBody(defect=f"it is longer than {len(body):,} bytes") if body else JsonBody()
    if len(body) > limits.size:
        return JsonBody(defect=f"it is longer than {limits.size:,} bytes")
    if _values(body) > limits.values:
        return JsonBody(defect=f"it has more than {limits.values:,} values")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        written = body.lstrip()[:1] in {b"{", b"["} or _is_wide_json(body)
        return JsonBody(defect=_NO_UTF8 if written else "")
    # ASCII in UTF-16 without a mark is UTF-8 too, full of NULs.
    wide = "\0" in text[:4] and _is_wide_json(body)
    return JsonBody(defect=_NO_UTF8) if wide else _Parser(limits.depth).parse(text)


def _is_wide_json(body: bytes) -> bool:
    """Say whether a body is JSON in UTF-16 or UTF-32, which no JSON of the web is (RFC 8259)."""
    try:
        json.loads(body)  # json tells the encoding by the first bytes
    except (ValueError, RecursionError):
        return False
    return True


class _Parser:
    """Parses one text, and notes the first defect."""

    def __init__(self, deepest: int) -> None:
        self._defect = ""
        self._deepest = deepest

    def parse(self, text: str) -> JsonBody:
        """Return the value of a text, with what was odd in it replaced."""
        try:
            value = json.loads(
                text,
                parse_constant=_refuse_constant,
                parse_int=lambda digits: self._number(digits, int),
                parse_float=lambda digits: self._number(digits, float),
                object_pairs_hook=self._object,
            )
        except RecursionError:
            return JsonBody(defect=self._too_deep)
        except ValueError:
            return JsonBody()
        if _depth(text) > self._deepest and _nested(value, self._deepest) > self._deepest:
            return JsonBody(defect=self._too_deep)
        if _SURROGATE_ESCAPE.search(text):
            value = self._without_surrogates(value)
        return JsonBody(value, is_json=True, defect=self._defect)

    @property
    def _too_deep(self) -> str:
        return f"it nests arrays and objects more than {self._deepest} deep"

    def _note(self, defect: str) -> None:
        self._defect = self._defect or defect

    def _number(self, digits: str, kind: type[int | float]) -> int | float:
        """Read a number; the largest double replaces one that no double holds."""
        nearest = float(digits)
        if math.isinf(nearest):
            shown = digits if len(digits) <= _SHOWN_DIGITS else f"of {len(digits):,} characters"
            self._note(f"the number {shown} is too large for a client")
            return math.copysign(sys.float_info.max, nearest)
        return kind(digits)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
            self._note(f"the member {_whole(twice)[:_SHOWN_NAME]!r} is given twice")
        return found

    def _without_surrogates(self, node: Any) -> Any:
        if isinstance(node, str):
            whole = _whole(node)
            if node not in {whole, _SENT}:
                self._note(HALF_A_PAIR)
            return whole
        if isinstance(node, list):
            return [self._without_surrogates(each) for each in node]
        if isinstance(node, dict):
            return {
                self._without_surrogates(name): self._without_surrogates(value)
                for name, value in node.items()
            }
        return node


def escapes_surrogates(body: bytes) -> bool:
    """Whether a JSON body may hold half of a surrogate pair."""
    return _SURROGATE_ESCAPE.search(body.decode("latin-1")) is not None


def _values(body: bytes) -> int:
    """Return at least as many values as a body has: each follows one of these characters."""
    return 1 + body.count(b",") + body.count(b"[") + body.count(b"{")


def _refuse_constant(name: str) -> None:
    """Refuse NaN and Infinity: Python reads them, but they are not JSON (RFC 8259 section 6)."""
    raise ValueError(name)


def _whole(text: str) -> str:
    return _LONE_SURROGATE.sub("\ufffd", text)


def _depth(text: str) -> int:
    """Return the most that a text can nest: the number of its opening brackets."""
    return text.count("[") + text.count("{")


def _nested(value: Any, deepest: int) -> int:
    """Return how deep a value nests arrays and objects; counts one level more than the bound."""
    level, depth = [value] if type(value) in _NESTING else [], 0
    while level and depth <= deepest:
        depth += 1
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) in _NESTING
        ]
    return depth
