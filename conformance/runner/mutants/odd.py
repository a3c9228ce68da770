"""Odd values: each has the right JSON type, or is valid JSON, and is hard to handle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.runner.mutants.members import Member

_STRINGS: dict[str, dict[str, Any]] = {
    "surrogate": {"to": "half a pair \ud83d"},
    "controls": {"to": "\u0000\u001b[31m\r\n"},
    "markup": {"to": "<script>alert(1)</script>&amp;{{7*7}}%s"},
    "long": {"to": "x" * 20_000},
}
_URLS: dict[str, dict[str, Any]] = {
    "open-bracket": {"to": "http://["},
    "high-port": {"to": "http://127.0.0.1:99999/x"},
    "file": {"to": "file:///etc/hostname"},
    "relative": {"to": "/objects/1"},
    "surrogate": _STRINGS["surrogate"],
}
_DATES: dict[str, dict[str, Any]] = {
    "last-day": {"to": "9999-12-31T23:59:59.999999-14:00"},
    "no-such-day": {"to": "2031-02-30T00:00:00Z"},
    "first-year": {"to": "0000-00-00T00:00:00Z"},
    "surrogate": _STRINGS["surrogate"],
}
_NUMBERS: dict[str, dict[str, Any]] = {
    "infinite": {"raw": "1e999"},
    "very-long": {"raw": "9" * 5_000},
    "negative": {"to": -1},
    "fraction": {"to": 0.5},
}
_BY_TYPE: dict[str, dict[str, dict[str, Any]]] = {
    "string": _STRINGS,
    "number": _NUMBERS,
    "boolean": {"one": {"to": 1}, "text": {"to": "yes"}},
    "array": {"nulls": {"to": [None, None]}, "nested": {"raw": "[" * 500 + "]" * 500}},
    "object": {"prototype": {"to": {"__proto__": None, "": {}}}, "text": {"to": "{}"}},
}


def odd_values(member: Member) -> dict[str, dict[str, Any]]:
    """Return the odd values for a member by their names, as fields of a mutation."""
    if member.form == "uri" or member.pointer.lower().endswith("url"):
        return _URLS
    if member.form == "date-time":
        return _DATES
    kinds = sorted(member.types) or ["string"]
    return _BY_TYPE[kinds[0]]
