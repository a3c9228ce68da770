"""The mutations of one JSON value: absent, null, another type, a near miss and so on.

A mutation is a row of plain data. This module applies it to a body; `mutation` puts it in
front of a server.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Path = tuple[str | int, ...]

#: The step of a pointer that means each element of an array.
EACH = "*"
#: The header of a mutated answer; its value is the id of the mutation.
MARK = "X-Mutant"

_REMEMBERED = 60
#: The very first answer of a list may be empty, so the first few are kept.
_FIRST = 8
_AHEAD = timezone(timedelta(hours=2))


class _Unchanged:
    """The result of a mutation that has nothing to change."""


UNCHANGED = _Unchanged()


@dataclass(frozen=True)
class Mutation:
    """One row: which answers of an operation it changes, where in them, and how.

    `part` is `body`, `status` or `header`. In the body, `pointer` names the member; a step
    `*` means each element of an array, and "" means the whole body. Of a header, it is the
    name. `to` is the new value of the kinds `set` and `odd`; `raw` is a new value as JSON text, for
    values that Python cannot write. The mutation strikes each answer whose number is a
    multiple of `every`; with `one_item` it strikes one element of the array; `only` limits
    it to some requests, statuses or items: `{"in": ..., "at": ..., "is": ...}`.
    """

    id: str
    operation: str
    part: str
    pointer: str
    kind: str
    refusal: bool = False
    to: Any = None
    raw: str = ""
    every: int = 1
    one_item: bool = False
    only: dict[str, Any] | None = None


@dataclass(frozen=True)
class Remembered:
    """An answer that the server gave before: to whom, to which request, and its body."""

    caller: str
    request: str
    body: Any


@dataclass
class Memory:
    """The earlier answers of one operation, the oldest first."""

    first: list[Remembered] = field(default_factory=list)
    recent: deque[Remembered] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    def add(self, one: Remembered) -> None:
        """Keep an answer; the first ones are never forgotten."""
        if len(self.first) < _FIRST:
            self.first.append(one)
        self.recent.append(one)

    def values(self, kind: str, now: Remembered, pointer: str) -> Iterator[Any]:
        """Yield the values at a pointer that a kind of mutation can take, the best first."""
        if kind == "other":
            yield from values(now.body, pointer)
            for one in reversed(self.recent):
                if one.caller == now.caller and one.request != now.request:
                    yield from values(one.body, pointer)
        elif kind == "stale":
            for one in reversed(self.recent):
                if (one.caller, one.request) == (now.caller, now.request):
                    yield from values(one.body, pointer)
        else:
            for one in self.first:
                yield from values(one.body, pointer)


def steps(pointer: str) -> list[str]:
    """Return the steps of a JSON pointer."""
    return pointer.split("/")[1:]


def places(body: Any, pointer: str) -> list[Path]:
    """Return the paths that exist in a body for a pointer, in which `*` means each element."""
    found: list[Path] = [()]
    for step in steps(pointer):
        longer: list[Path] = []
        for path in found:
            value = at(body, path)
            if step == EACH and isinstance(value, list):
                longer += [(*path, number) for number in range(len(value))]
            elif isinstance(value, dict) and step in value:
                longer.append((*path, step))
        found = longer
    return found


def at(body: Any, path: Path) -> Any:
    """Return the value at a path that exists."""
    for step in path:
        body = body[step]
    return body


def values(body: Any, pointer: str) -> list[Any]:
    """Return all values of a body at a pointer."""
    return [at(body, path) for path in places(body, pointer)]


def new_value(mutation: Mutation, value: Any, now: Remembered, memory: Memory) -> Any:
    """Return what takes the place of a value, or `UNCHANGED`."""
    if mutation.kind in {"other", "stale", "earlier"}:
        known = memory.values(mutation.kind, now, mutation.pointer)
        return next((one for one in known if _fits(one, value)), UNCHANGED)
    change = _CHANGES.get(mutation.kind)
    return change(value) if change else mutation.to


def _fits(candidate: Any, value: Any) -> bool:
    return candidate is not None and candidate != value


def of_another_type(value: Any) -> Any:
    """Return a value of another JSON type that looks alike."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case str():
            return [value]
        case list():
            return {str(number): one for number, one in enumerate(value)}
        case dict():
            return [value]
        case _:
            return 0


def nulled(value: Any) -> Any:
    """Return null, unless the value is null already."""
    return UNCHANGED if value is None else None


def emptied(value: Any) -> Any:
    """Return an empty text, array or object."""
    return type(value)() if isinstance(value, str | list | dict) and value else UNCHANGED


def extended(value: Any) -> Any:
    """Return an object with a member that no document knows."""
    return {**value, "x_more": {"note": [1]}} if isinstance(value, dict) else UNCHANGED


def near(value: Any) -> Any:
    """Return a value of the same type that is nearly right."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str() if value:
            return _near_text(value)
        case list() if value:
            return value[:-1]
        case _:
            return UNCHANGED


def _near_text(text: str) -> str:
    """Return a text with another last character, a URL to another path, or an hour later."""
    told = moment(text)
    if told:
        return (told + timedelta(hours=1)).isoformat()
    head, mark, query = text.partition("?") if "://" in text else (text, "", "")
    return head[:-1] + ("y" if head[-1] == "x" else "x") + mark + query


def moment(text: str) -> datetime | None:
    """Return the date and time of a text, or None."""
    try:
        return datetime.fromisoformat(text) if len(text) > len("2000-01-01") else None
    except ValueError:
        return None


def rewritten(value: Any) -> Any:
    """Return the same date and time with another offset, or `UNCHANGED`."""
    told = moment(value) if isinstance(value, str) else None
    return told.astimezone(_AHEAD).isoformat() if told and told.tzinfo else UNCHANGED


_CHANGES: dict[str, Callable[[Any], Any]] = {
    "null": nulled,
    "type": of_another_type,
    "empty": emptied,
    "near": near,
    "extra": extended,
    "rewritten": rewritten,
}


def changed(mutation: Mutation, now: Remembered, memory: Memory) -> Any:
    """Return a changed copy of a body, or `UNCHANGED` when the mutation finds nothing in it."""
    paths = [path for path in places(now.body, mutation.pointer) if _chosen(mutation, now, path)]
    if mutation.one_item:
        paths = paths[len(paths) // 2 :][:1] if len(paths) > 1 else []
    body, struck = json.loads(json.dumps(now.body)), False
    for path in reversed(paths):  # so that a removal moves no path that is still to come
        value = (
            None
            if mutation.kind == "absent"
            else new_value(mutation, at(now.body, path), now, memory)
        )
        if value is UNCHANGED:
            continue
        struck = True
        if not path:
            return value
        if mutation.kind == "absent":
            del at(body, path[:-1])[path[-1]]
        else:
            at(body, path[:-1])[path[-1]] = value
    return body if struck else UNCHANGED


def _chosen(mutation: Mutation, now: Remembered, path: Path) -> bool:
    """Say whether an item that holds a place is one that the mutation is limited to."""
    only = mutation.only
    if only is None or only["in"] != "item":
        return True
    numbers = [place for place, step in enumerate(path) if isinstance(step, int)]
    item = at(now.body, path[: numbers[-1] + 1]) if numbers else now.body.get("data")
    return values(item, only["at"]) == [only["is"]]
