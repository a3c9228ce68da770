"""The bodies of answers in memory: a long one is compressed, and equal ones share the work.

A run keeps all its exchanges, and reads the same lists many times. So a body that came before
is neither compressed nor parsed again, as long as the bounds allow to remember it.
"""

from __future__ import annotations

import threading
import zlib
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from conformance.model.json_body import JsonBody

#: A longer body is kept compressed.
PACKED_BYTES = 4 * 1024
#: Bytes of the last compressed bodies that are also there as they came: they are being judged.
FRESH_BYTES = 2 * 1024 * 1024
#: Bytes of the bodies that stay parsed; a body with many values takes more memory.
PARSED_BYTES = 3 * 1024 * 1024


class LongBody:
    """One long body of a run, however many answers have it."""

    def __init__(self, raw: bytes) -> None:
        packed = zlib.compress(raw, 1)
        self._packed = packed if len(packed) < len(raw) // 2 else None
        self._raw: bytes | None = raw

    @property
    def raw(self) -> bytes:
        """The bytes as they came."""
        raw = self._raw  # another thread may forget them at any moment
        return zlib.decompress(self._packed or b"") if raw is None else raw

    @property
    def kept_bytes(self) -> int:
        """How many bytes stay in memory."""
        return len(self._packed or self._raw or b"")

    def settle(self) -> None:
        """Keep only the compressed bytes, if there are any."""
        if self._packed is not None:
            self._raw = None


class LongBodies:
    """The long bodies that some answer still has; the newest are not settled yet."""

    def __init__(self, fresh_bytes: int) -> None:
        self._most = fresh_bytes
        self._lock = threading.Lock()
        self._known: WeakValueDictionary[bytes, LongBody] = WeakValueDictionary()
        self._fresh: deque[tuple[LongBody, int]] = deque()
        self._size = 0

    def of(self, raw: bytes) -> LongBody:
        """Return the one body that has these bytes."""
        digest = blake2b(raw, digest_size=20).digest()
        with self._lock:
            known = self._known.get(digest)
        if known is not None:
            return known
        body = LongBody(raw)
        with self._lock:
            self._known[digest] = body
            self._fresh.append((body, len(raw)))
            self._size += len(raw)
            while self._size > self._most:
                oldest, size = self._fresh.popleft()
                oldest.settle()
                self._size -= size
        return body


@dataclass
class _Parsed:
    """A parsed body, about how many bytes it takes, and the exchanges that hold it."""

    body: JsonBody
    size: int
    holders: list[list[JsonBody]] = field(default_factory=list)


class ParsedBodies:
    """The parsed bodies that were used last: older ones are parsed again when they are needed.

    A parsed body takes many times the memory of its bytes, so who holds one loses it here.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._known: OrderedDict[Hashable, _Parsed] = OrderedDict()
        self._size = 0

    def of(
        self, key: Hashable, parse: Callable[[], tuple[JsonBody, int]], holder: list[JsonBody]
    ) -> JsonBody:
        """Return the parsed body of a key, and let an exchange hold it for as long as it is here.

        Args:
            key: What it is parsed from, and how.
            parse: Parses it, and says about how many bytes it takes.
            holder: Gets the parsed body, and is emptied when it is forgotten.
        """
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                return self._held(known, holder)
        parsed = _Parsed(*parse())
        with self._lock:
            if key not in self._known:
                self._known[key] = parsed
                self._size += parsed.size
            self._held(self._known[key], holder)
            while self._size > self._most and len(self._known) > 1:
                self._forget(self._known.popitem(last=False)[1])
        return parsed.body

    def _held(self, parsed: _Parsed, holder: list[JsonBody]) -> JsonBody:
        holder.append(parsed.body)
        parsed.holders.append(holder)
        return parsed.body

    def _forget(self, parsed: _Parsed) -> None:
        for holder in parsed.holders:
            holder.clear()
        self._size -= parsed.size


class StoredBody:
    """The attribute `body` of an answer: `vars` holds the bytes, or a long body."""

    def __get__(self, answer: object, owner: object = None) -> bytes:
        """Return the bytes."""
        kept = vars(answer)["body"]
        return kept.raw if isinstance(kept, LongBody) else kept

    def __set__(self, answer: object, body: bytes) -> None:
        """Keep the bytes."""
        vars(answer)["body"] = LONG.of(body) if len(body) > PACKED_BYTES else body


def as_kept(answer: Any) -> bytes | LongBody:
    """Return the body of an answer as it is kept: equal long bodies are the same object."""
    kept: bytes | LongBody = vars(answer)["body"]
    return kept


LONG = LongBodies(FRESH_BYTES)
PARSED = ParsedBodies(PARSED_BYTES)
