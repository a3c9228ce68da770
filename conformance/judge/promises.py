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

from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.judge.finding import Violation
from conformance.judge.questions import OF_ANY_VALUE, OF_TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.judge.questions import Judge
    from conformance.model.exchange import Exchange

    Resolver = Callable[[dict[str, Any]], dict[str, Any]]

#: The step of a pointer that means each element of an array.
EACH = "*"


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

    @cached_property
    def key(self) -> str:
        """What makes it equal to another promise."""
        return repr((self.pointer, self.requirement, self.question, self.answer))

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """The steps of its pointer."""
        return tuple(self.pointer.split("/")[1:])

    @cached_property
    def exempt(self) -> tuple[str, str]:
        """What it asks, and of which answers it does not."""
        return self.key, self.unless_query

    def judge(self, exchange: Exchange) -> Judge:
        """Return what judges each value of an answer: what it needs to know is found once."""
        of_any = OF_ANY_VALUE.get(self.question)
        return of_any(self.answer) if of_any else OF_TEXTS[self.question](self.answer, exchange)


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
    if promise.unless_query:
        query = urlsplit(exchange.request.url).query.split("&")
        if promise.unless_query in query:
            return None
    found = _values(exchange.json, promise.steps)
    if not found:
        return None
    judge = promise.judge(exchange)
    any_value = promise.question in OF_ANY_VALUE
    for number, value in enumerate(found):
        told = judge(value) if any_value or isinstance(value, str) else None
        if told is not None:
            expected, actual = told
            path = next(islice(_paths(exchange.json, promise.steps), number, None))
            where = ".".join(path)  # such as data.items.0.id
            return Violation(
                f"`{where}` to be {expected}", actual, exchange, requirement=promise.requirement
            )
    return None


def is_judged(promise: Promise, exchange: Exchange) -> bool:
    """Return whether an answer has a value that shows the promise kept, unless it is broken.

    A list may be too short to show anything: so it only ever breaks a promise.
    """
    any_value = promise.question in OF_ANY_VALUE
    return any(
        isinstance(value, str) or (any_value and not isinstance(value, list))
        for value in _values(exchange.json, promise.steps)
    )


def _values(whole: Any, steps: tuple[str, ...]) -> list[Any]:
    """Return each value at the end of the steps of a pointer, in the order of the answer."""
    found = [whole]
    for step in steps:
        if step == EACH:
            found = [one for node in found if isinstance(node, list) for one in node]
        else:
            found = [node[step] for node in found if isinstance(node, dict) and step in node]
    return found


def _paths(
    value: Any, steps: tuple[str, ...], path: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """Yield the path that leads to each of these values."""
    if not steps:
        yield path
    elif steps[0] == EACH and isinstance(value, list):
        for number, one in enumerate(value):
            yield from _paths(one, steps[1:], (*path, str(number)))
    elif steps[0] != EACH and isinstance(value, dict) and steps[0] in value:
        yield from _paths(value[steps[0]], steps[1:], (*path, steps[0]))
