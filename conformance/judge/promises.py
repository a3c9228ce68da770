"""Judges each typed member of an answer: a date-time is readable, a URL can be requested.

An OpenAPI schema describes the places. `format` is judged under the row of the schema's
level. A node may also name requirements of its own in `x-promises`: a list of objects with a
`requirement`, and with one of these questions about the value:

- `form: date-time`, or `form: uri`: the value has the format;
- `form: signed-url`, or `form: unsigned-url`: a URL with a signature, or without one;
- `ahead: [least, most]`: a moment so many seconds after the answer;
- `lifetime: [least, most]`: a URL whose own expiry is so many seconds after its signature;
- `const: value`: the value itself.

A value of another JSON type is not judged here: the schema refuses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from conformance.judge.finding import Violation
from conformance.model.exchange import http_date
from conformance.model.moment import parsed_moment
from conformance.model.signed_url import SignedUrl, url_defect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.model.exchange import Exchange

    Resolver = Callable[[dict[str, Any]], dict[str, Any]]

#: The step of a pointer that means each element of an array.
EACH = "*"
#: A server may round an expiry up to the minute.
_ROUNDED_S = 60.0
_SHOWN = 200
_MOMENT = "an ISO 8601 date-time"
_URL = "an absolute http or https URL"


@dataclass(frozen=True)
class Place:
    """A place that a schema describes: its pointer, its node, and the name of its schema."""

    pointer: str
    node: dict[str, Any]
    schema: str = ""


@dataclass(frozen=True)
class Promise:
    """One question about a value; `requirement` is None for the row of the schema's level."""

    pointer: str
    requirement: str | None
    question: str
    answer: Any

    @property
    def of_time(self) -> bool:
        """Whether it names a time, which a twin with short-lived uploads does not keep."""
        return self.question in {"ahead", "lifetime"}


def places(resolve: Resolver, schema: dict[str, Any], pointer: str = "") -> Iterator[Place]:
    """Yield each place that a schema describes, the whole value first.

    Args:
        resolve: Returns the node that a `$ref` of the document names.
        schema: The schema, which may refer to others.
        pointer: Where the schema applies; a step `*` means each element of an array.
    """
    name = schema.get("$ref", "").rpartition("/")[2]
    node = resolve(schema)
    yield Place(pointer, node, name)
    for part in (*node.get("allOf", ()), node.get("else")):
        if part:
            yield from places(resolve, part, pointer)
    for member, inner in node.get("properties", {}).items():
        if isinstance(inner, dict):
            yield from places(resolve, inner, f"{pointer}/{member}")
        else:
            yield Place(f"{pointer}/{member}", {})
    if isinstance(node.get("items"), dict):
        yield from places(resolve, node["items"], f"{pointer}/{EACH}")


def promises(resolve: Resolver, schema: dict[str, Any]) -> tuple[Promise, ...]:
    """Return what a schema asks of its places, each once."""
    found: dict[Promise, None] = {}
    for place in places(resolve, schema):
        form = place.node.get("format")
        if form in {"date-time", "uri"}:
            found[Promise(place.pointer, None, "form", form)] = None
        for told in place.node.get("x-promises", ()):
            row = told["requirement"]
            question = next(name for name in told if name != "requirement")
            answer = told[question]
            answer = tuple(answer) if isinstance(answer, list) else answer
            found[Promise(place.pointer, row, question, answer)] = None
    return tuple(found)


def broken(promise: Promise, exchange: Exchange) -> Violation | None:
    """Return how an answer breaks a promise, or None."""
    for where, value in _values(exchange.json, promise.pointer):
        told = _judged(promise, value, exchange)
        if told is not None:
            expected, actual = told
            return Violation(
                f"`{where}` to be {expected}", actual, exchange, requirement=promise.requirement
            )
    return None


def _values(body: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    """Yield the values at a pointer, each with its place in words such as `data.items.0.id`."""
    found: list[tuple[tuple[str, ...], Any]] = [((), body)]
    for step in pointer.split("/")[1:]:
        longer: list[tuple[tuple[str, ...], Any]] = []
        for path, value in found:
            if step == EACH and isinstance(value, list):
                longer += [((*path, str(number)), one) for number, one in enumerate(value)]
            elif isinstance(value, dict) and step in value:
                longer.append(((*path, step), value[step]))
        found = longer
    yield from ((".".join(path), value) for path, value in found)


def _judged(promise: Promise, value: Any, exchange: Exchange) -> tuple[str, str] | None:
    """Return what was expected of a value and what it is, or None when all is well."""
    if not isinstance(value, str):
        return None
    question = _QUESTIONS[promise.question]
    return question(value, promise.answer, exchange)


@lru_cache(maxsize=8192)  # the same items come in many answers
def _form(value: str, form: str) -> tuple[str, str] | None:
    if form == "date-time":
        # RFC 3339 allows a space in the place of the T.
        readable = parsed_moment(value) or parsed_moment(value.replace(" ", "T", 1))
        return None if readable else (_MOMENT, f"it is {value[:_SHOWN]!r}")
    defect = url_defect(value)
    if defect:
        return _URL, f"{defect}: {value[:_SHOWN]!r}"
    signed = SignedUrl(value).signed
    if form == "signed-url" and not signed:
        return "a URL with a signature", "it has none"
    if form == "unsigned-url" and signed:
        return "a URL without a signature", "it has one"
    return None


def _ahead(value: str, bounds: tuple[float, float], exchange: Exchange) -> tuple[str, str] | None:
    """Judge how far a moment lies ahead of the answer, by the clock that suits it best.

    A `Date` may be a proxy's clock; the dates in the signatures of the same answer and our
    own clock are the other witnesses.
    """
    moment = parsed_moment(value)
    if moment is None or exchange.response is None:
        return None
    least, most = bounds
    elapsed = exchange.response.elapsed_s
    rounded = _ROUNDED_S if moment.second == 0 else 0.0
    ahead = [(moment - now).total_seconds() for now in _clocks(exchange)]
    if any(least - elapsed <= one <= most + elapsed + rounded for one in ahead):
        return None
    seconds = " and ".join(f"{one:.0f}" for one in ahead)
    wanted = f"{least:.0f} to {most:.0f} seconds ahead of the server's Date or of X-Amz-Date"
    return wanted, f"it lies {seconds} seconds ahead"


def _clocks(exchange: Exchange) -> Iterator[datetime]:
    date = http_date(exchange.response.header("date")) if exchange.response else None
    yield date or datetime.fromtimestamp(exchange.started, UTC)
    data = exchange.at("data")
    for value in data.values() if isinstance(data, dict) else ():
        signed_at = SignedUrl(value).signed_at if isinstance(value, str) else None
        if signed_at:
            yield signed_at


def _lifetime(value: str, bounds: tuple[float, float], _: Exchange) -> tuple[str, str] | None:
    url = SignedUrl(value)
    least, most = bounds
    if not url.is_sigv4 or url.lifetime_s is None or least <= url.lifetime_s <= most:
        return None
    wanted = f"a URL that is valid for {least:.0f} to {most:.0f} seconds"
    return wanted, f"it is valid for {url.lifetime_s}"


def _const(value: str, wanted: str, _: Exchange) -> tuple[str, str] | None:
    return None if value == wanted else (repr(wanted), f"it is {value[:_SHOWN]!r}")


_QUESTIONS: dict[str, Callable[[str, Any, Exchange], tuple[str, str] | None]] = {
    "form": lambda value, form, _: _form(value, form),
    "ahead": _ahead,
    "lifetime": _lifetime,
    "const": _const,
}
