"""Judges each typed member of an answer: a date-time is readable, a URL can be requested.

An OpenAPI schema describes the places. `format` is judged under the row of the document's
level. A node may also name requirements of its own in `x-promises`, a list of objects; beside
the schema of a response, each also names its place as a JSON pointer in `at`. Each has one
question about the value, and the `requirement` that a wrong value breaks (the row of the
document's level by default):

- `form: date-time`, `uri` or `media-type`: the value has the format;
- `form: signed-url`, or `form: unsigned-url`: a URL with a signature, or without one;
- `ahead: [least, most]`: a moment so many seconds after the answer;
- `past: seconds`: a moment at most so many seconds after the answer;
- `lifetime: [least, most]`: a URL whose own expiry is so many seconds after its signature;
- `fits: schema`: the value fits a schema;
- `keywords: [names]`: the value fits these keywords of the node, which the row of the document's
  level then does not judge; the `description` says what they require;
- `distinct: member`: the elements of the array differ in this member;
- `path_ends: [url, key]`: the path of one member ends with the other member;
- `echoes: path`: the path of the request ends with the value.

`unless_query: limit=0` exempts the answers to requests with this pair in their query.

A text question does not judge a value of another JSON type: the schema refuses it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from conformance.judge.finding import Violation
from conformance.model.exchange import http_date
from conformance.model.media_type import is_media_type
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
_OFFSET = re.compile(r"(?:[Zz]|T.*[+-][0-9:]{2,5})$")


@dataclass(frozen=True)
class Place:
    """A place that a schema describes: its pointer, its node, and the name of its schema."""

    pointer: str
    node: dict[str, Any]
    schema: str = ""


@dataclass(frozen=True)
class Promise:
    """One question about a value; `requirement` is None for the row of the document's level."""

    pointer: str
    requirement: str | None
    question: str
    answer: Any
    unless_query: str = ""

    @property
    def of_time(self) -> bool:
        """Whether it names a time, which a twin with short-lived uploads does not keep."""
        return self.question in {"ahead", "lifetime"}

    @property
    def key(self) -> str:
        """What makes it equal to another promise."""
        return repr((self.pointer, self.requirement, self.question, self.answer))


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


def with_keywords_apart(node: Any) -> Any:
    """Return a copy of a document in which `keywords` are `fits`, and their nodes lack them.

    So a keyword is once in the document, where every tool reads it, and is judged under
    its own requirement only.
    """
    if isinstance(node, list):
        return [with_keywords_apart(one) for one in node]
    if not isinstance(node, dict):
        return node
    told = [one for one in node.get("x-promises", ()) if "keywords" in one]
    taken = {name for one in told for name in one["keywords"]}
    copy = {name: with_keywords_apart(part) for name, part in node.items() if name not in taken}
    for number, one in enumerate(node.get("x-promises", ())):
        if one in told:
            schema = {name: node[name] for name in one["keywords"]}
            fits = {"description": one["description"], **schema}
            copy["x-promises"][number] = {"requirement": one["requirement"], "fits": fits}
    return copy


def promises(resolve: Resolver, media: dict[str, Any]) -> tuple[Promise, ...]:
    """Return what a response asks of its places, each once.

    Args:
        resolve: Returns the node that a `$ref` of the document names.
        media: The description of the JSON of the response, which has a schema.
    """
    found: list[Promise] = []
    for place in places(resolve, media["schema"]):
        form = place.node.get("format")
        if form in {"date-time", "uri", "media-type"}:
            found.append(Promise(place.pointer, None, "form", form))
        found += [_promise(place.pointer, told) for told in place.node.get("x-promises", ())]
    found += [_promise(told["at"], told) for told in media.get("x-promises", ())]
    return tuple({promise.key: promise for promise in found}.values())


def _promise(pointer: str, told: dict[str, Any]) -> Promise:
    question = next(name for name in told if name not in {"requirement", "at", "unless_query"})
    unless = told.get("unless_query", "")
    return Promise(pointer, told.get("requirement"), question, told[question], unless)


def broken(promise: Promise, exchange: Exchange) -> Violation | None:
    """Return how an answer breaks a promise, or None."""
    query = urlsplit(exchange.request.url).query.split("&")
    if promise.unless_query and promise.unless_query in query:
        return None
    for path, value in _values(exchange.json, promise.pointer.split("/")[1:]):
        told = _judged(promise, value, exchange)
        if told is not None:
            expected, actual = told
            where = ".".join(path)  # such as data.items.0.id
            return Violation(
                f"`{where}` to be {expected}", actual, exchange, requirement=promise.requirement
            )
    return None


def is_judged(promise: Promise, exchange: Exchange) -> bool:
    """Return whether an answer has a value that shows the promise kept, unless it is broken.

    A list may be too short to show anything: so it only ever breaks a promise.
    """
    any_value = promise.question in _OF_ANY_VALUE
    found = _values(exchange.json, promise.pointer.split("/")[1:])
    return any(
        isinstance(value, str) or (any_value and not isinstance(value, list)) for _, value in found
    )


def _values(
    value: Any, steps: list[str], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each value at the end of the steps of a pointer, and the path that leads to it."""
    if not steps:
        yield path, value
    elif steps[0] == EACH and isinstance(value, list):
        for number, one in enumerate(value):
            yield from _values(one, steps[1:], (*path, str(number)))
    elif isinstance(value, dict) and steps[0] in value:
        yield from _values(value[steps[0]], steps[1:], (*path, steps[0]))


def _judged(promise: Promise, value: Any, exchange: Exchange) -> tuple[str, str] | None:
    """Return what was expected of a value and what it is, or None when all is well."""
    if promise.question in _OF_ANY_VALUE:
        return _OF_ANY_VALUE[promise.question](value, promise.answer)
    if not isinstance(value, str):
        return None
    return _OF_TEXTS[promise.question](value, promise.answer, exchange)


def _fits(value: Any, schema: dict[str, Any]) -> tuple[str, str] | None:
    error = best_match(Draft202012Validator(schema).iter_errors(value))
    if error is None:
        return None
    return schema.get("description", "as documented"), f"it is {repr(error.instance)[:_SHOWN]}"


def _distinct(value: Any, member: str) -> tuple[str, str] | None:
    if not isinstance(value, list):
        return None
    texts = [repr(one.get(member)) for one in value if isinstance(one, dict)]
    twice = next((text for text, times in Counter(texts).items() if times > 1), None)
    if twice is None:
        return None
    return f"elements of different {member}", f"{twice[:_SHOWN]} is there twice"


def _path_ends(value: Any, members: list[str]) -> tuple[str, str] | None:
    if not isinstance(value, dict):
        return None
    url, key = (value.get(name) for name in members)
    if not isinstance(url, str) or not isinstance(key, str) or not key:
        return None
    if SignedUrl(url).path.endswith(f"/{key.lstrip('/')}"):
        return None
    return f"an object whose {members[0]} ends with its {members[1]}", f"that is {key[:_SHOWN]!r}"


@lru_cache(maxsize=8192)  # the same items come in many answers
def _form(value: str, form: str) -> tuple[str, str] | None:
    if form == "date-time":
        # RFC 3339 allows a space in the place of the T.
        readable = parsed_moment(value) or parsed_moment(value.replace(" ", "T", 1))
        return None if readable else (_MOMENT, f"it is {value[:_SHOWN]!r}")
    if form == "media-type":
        known = is_media_type(value)
        return None if known else ("the type of a picture or film", f"it is {value[:_SHOWN]!r}")
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


def _past(value: str, room: float, exchange: Exchange) -> tuple[str, str] | None:
    """Judge that a moment is not in the future; one without an offset may be a local time."""
    moment = parsed_moment(value)
    if moment is None or not _OFFSET.search(value) or exchange.response is None:
        return None
    room += exchange.response.elapsed_s
    if any((moment - now).total_seconds() <= room for now in _clocks(exchange)):
        return None
    return "a moment in the past", f"it is {value[:_SHOWN]}"


def _clocks(exchange: Exchange) -> Iterator[datetime]:
    date = http_date(exchange.response.header("date")) if exchange.response else None
    if date:
        yield date
    if exchange.started:
        yield datetime.fromtimestamp(exchange.started, UTC)
    for value in _texts_of(exchange.at("data")):
        signed_at = SignedUrl(value).signed_at
        if signed_at:
            yield signed_at


def _texts_of(data: Any) -> Iterator[str]:
    """Yield the texts of an answer's data, and of the elements of its lists."""
    members = list(data.values()) if isinstance(data, dict) else []
    lists = [member for member in members if isinstance(member, list)]
    inner = [one for member in lists for one in member if isinstance(one, dict)]
    for value in (*members, *(value for one in inner for value in one.values())):
        if isinstance(value, str):
            yield value


def _lifetime(value: str, bounds: tuple[float, float], _: Exchange) -> tuple[str, str] | None:
    url = SignedUrl(value)
    least, most = bounds
    if not url.is_sigv4 or url.lifetime_s is None or least <= url.lifetime_s <= most:
        return None
    wanted = f"a URL that is valid for {least:.0f} to {most:.0f} seconds"
    return wanted, f"it is valid for {url.lifetime_s}"


def _echoes(value: str, _: str, exchange: Exchange) -> tuple[str, str] | None:
    """Judge that the path ends with the value, in any letter case: ids may be UUIDs."""
    path = unquote(urlsplit(exchange.request.url).path).rstrip("/").casefold()
    if not value or path.endswith(f"/{value.rstrip('/')}".casefold()):
        return None
    return "the one that was requested", f"it is {value[:_SHOWN]!r}"


_OF_ANY_VALUE: dict[str, Callable[[Any, Any], tuple[str, str] | None]] = {
    "fits": _fits,
    "distinct": _distinct,
    "path_ends": _path_ends,
}
_OF_TEXTS: dict[str, Callable[[str, Any, Exchange], tuple[str, str] | None]] = {
    "form": lambda value, form, _: _form(value, form),
    "ahead": _ahead,
    "past": _past,
    "lifetime": _lifetime,
    "echoes": _echoes,
}
