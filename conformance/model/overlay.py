"""Applies an OpenAPI Overlay, by the Overlay Specification 1.0, to an OpenAPI document.

An overlay is an object with `actions`. Each has a `target`, a JSONPath (RFC 9535), and either
`remove: true` or an `update` that is merged into what the target selects. Of JSONPath, the names
(`.name`, `['name']`), the index (`[0]`) and the wildcard (`.*`, `[*]`) are supported.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from conformance.problem import KitFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    Container = dict[str, Any] | list[Any]
    Key = str | int

#: A segment of a JSONPath. Without brackets, a name has no hyphen (RFC 9535, section 2.5.1.1).
_SEGMENT = re.compile(
    r"""(?P<each>\.\*|\[\*\]) | \.(?P<name>[A-Za-z_]\w*) | \[(?P<index>\d+)\]
    | \['(?P<single>[^'\\]*)'\] | \["(?P<double>[^"\\]*)"\]""",
    re.VERBOSE,
)
_EACH = None


def overlaid(document: dict[str, Any], overlay: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a document with the actions of an overlay applied, in their order.

    A target that selects nothing changes nothing, as the specification says.

    Raises:
        KitFault: A target has a form that is not supported, or an update does not fit it.
    """
    whole = {"$": deepcopy(document)}
    for action in overlay["actions"]:
        found = list(_selected(whole, ["$", *_segments(action["target"])]))
        for container, key in reversed(found):  # the indexes before a removed element stay
            if action.get("remove"):
                del container[key]  # type: ignore[arg-type]
            else:
                container[key] = _merged(container[key], action["update"])  # type: ignore[index]
    return whole["$"]


def _segments(target: str) -> Iterator[Key | None]:
    """Yield the name, the index or `_EACH` of each segment after the root."""
    place = 1
    while target.startswith("$") and place < len(target):
        segment = _SEGMENT.match(target, place)
        if segment is None:
            break
        place = segment.end()
        match segment.lastgroup:
            case "each":
                yield _EACH
            case "index":
                yield int(segment["index"])
            case kind:
                yield segment[kind or "name"]
    if place != len(target):
        raise KitFault(f"the target {target!r} of an overlay is not a supported JSONPath")


def _selected(container: Container, segments: list[Key | None]) -> Iterator[tuple[Container, Key]]:
    """Yield each place that the segments select: its container, and its name or index there."""
    first, *rest = segments
    for key in _keys(container) if first is _EACH else [first]:
        if key in _keys(container):
            inner = container[key]  # type: ignore[index]
            if not rest:
                yield container, key
            elif isinstance(inner, dict | list):
                yield from _selected(inner, rest)


def _keys(container: Container) -> list[Any]:
    return list(container) if isinstance(container, dict) else list(range(len(container)))


def _merged(value: Any, update: Any) -> Any:
    """Return a value with an update: objects are merged, arrays are joined, the rest replaced."""
    if isinstance(value, dict) and isinstance(update, dict):
        changed = {
            name: _merged(value[name], new) if name in value else deepcopy(new)
            for name, new in update.items()
        }
        return {**value, **changed}
    if isinstance(value, list):
        return value + (deepcopy(update) if isinstance(update, list) else [deepcopy(update)])
    if isinstance(value, dict) or isinstance(update, dict | list):
        raise KitFault("an update of an overlay has another JSON type than its target")
    return update
