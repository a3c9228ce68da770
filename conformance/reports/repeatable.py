"""What of a failure can be repeated: its curl line by itself, or its requests by a script."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.reports.report import Row

_HIDDEN = re.compile(r"\[redacted\]|@FILE")


def is_resent(proof: Mapping[str, Any]) -> bool:
    """Return whether the curl line of evidence can be sent again by itself.

    It cannot where a secret is hidden in it, where its body is a file, or where it names something
    that an earlier request of the case made: the run has removed that again.
    """
    exchange, way = proof["exchange"], proof["transcript"]
    script = way[-1].get("script") if way else None
    if exchange is None or not script:
        return False
    curl = exchange["curl"]
    body = script["body"] if isinstance(script["body"], list) else []
    pieces = [*script["url"], *body, *(one for _, value in script["headers"] for one in value)]
    traced = any(isinstance(piece, dict) and "step" in piece for piece in pieces)
    return not traced and curl.startswith("curl ") and not re.search(r"\[redacted\]|@FILE", curl)


def replayable(proof: dict[str, Any]) -> bool:
    """Return whether a script can send every exchange of an evidence entry again."""
    return bool(proof["transcript"]) and all(step.get("script") for step in proof["transcript"])


def decides(proof: dict[str, Any]) -> bool:
    """Return whether a script can show by itself that a requirement holds, or that it is broken.

    It cannot where requests have to come at the same time, where more than the last answer is
    judged, where the answer held things that other cases made, or where the way or the expected
    value is that of one library: a cursor, and what an earlier answer said.
    """
    if not replayable(proof) or proof["check"] is None or proof["crowded"]:
        return False
    steps = proof["transcript"]
    together = steps[-1]["script"]["overlaps"]
    return not together and not any(map(_is_paged, steps)) and not _is_of_an_answer(proof)


def pauses_s(proof: dict[str, Any]) -> float:
    """Return how long a script of this evidence would wait, in seconds."""
    scripts = (step.get("script") for step in proof["transcript"])
    return float(sum(script["pause_s"] for script in scripts if script))


def _is_paged(step: Row) -> bool:
    """Return whether the query of a request holds what another answer gave out, as a cursor is."""
    pieces = step["script"].get("url", [])
    queries = [number for number, piece in enumerate(pieces) if "?" in str(piece)]
    return any(isinstance(piece, dict) and "step" in piece
               for first in queries[:1] for piece in pieces[first + 1 :])  # fmt: skip


def _is_of_an_answer(proof: dict[str, Any]) -> bool:
    """Return whether an earlier answer had the expected value at the same place."""
    check = proof["check"]
    wanted = check.get("schema", {}).get("const")
    if not isinstance(wanted, str):
        return False
    return any(value == wanted for value in _earlier(proof, check["member"]))


def _earlier(proof: dict[str, Any], member: list[str | int]) -> Iterator[Any]:
    for step in proof["transcript"][:-1]:
        response = step.get("response")
        try:
            value: Any = json.loads(response["body"]["text"]) if response else {}
            for name in member:
                value = value[name]
        except (ValueError, LookupError, TypeError, RecursionError):
            continue
        yield value
