"""The storage gate as the cases use it: what the server asked of the store, and what it may fail.

The gate is a proxy between the server and its store (`--storage-gate`). It passes everything on
unchanged, unless a case lets it hold or fail requests about an object of that case.
"""

from __future__ import annotations

import hashlib
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from conformance.gate.orders import CUT, HOLD, SILENCE, STATUS
from conformance.gate.remote import Gate
from conformance.gate.sight import COPY, DELETE, LIST, READ, WRITE, digest_of
from conformance.harness.bucket_access import certain_key
from conformance.harness.disturbance import disturbing
from conformance.judge import expect
from conformance.judge.finding import Blocked, NotApplicable
from conformance.model.requirement import GATE
from conformance.model.signed_url import SIGNATURES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from conformance.gate.remote import Ordered
    from conformance.gate.sight import Sight
    from conformance.harness.bucket import Bucket, StoredObject
    from conformance.model.signed_url import SignedUrl
    from conformance.target import Target

#: Seconds for which a delete of the storage is held, at most.
HOLD_S = 5.0
#: Seconds without an answer, after which the connection ends.
SILENCE_S = 1.0
# Seconds within which a request reaches the storage, if it does so before an answer.
_HELD_BOUND_S = 10.0
_LOOK_S = 0.2
_UNUSED = (
    "no request of the server came through the storage gate: let its S3 endpoint be the"
    " port of --storage-gate"
)
_UNTOLD = "this session has no storage gate: only `conformance run` opens one"
#: The requests by which a server learns of an object.
ASKING = (READ, LIST, COPY)


@dataclass(frozen=True)
class Failure:
    """A way in which a storage fails: its words, and the order for the gate."""

    words: str
    action: str
    status: int = 500


INTERNAL_ERROR = Failure("the storage answers 500", STATUS)
SLOW_DOWN = Failure("the storage answers 503", STATUS, 503)
NO_ANSWER = Failure("the storage does not answer", SILENCE)
CUT_ANSWER = Failure("the storage's answer is cut", CUT)
FAILURES = (INTERNAL_ERROR, SLOW_DOWN, NO_ANSWER, CUT_ANSWER)


class Upload(Protocol):
    """What an upload has in every profile: its URL, and the bytes that were stored."""

    body: bytes

    @property
    def signed(self) -> SignedUrl:
        """The upload URL, decoded."""


class StorageGate:
    """The gate of a run, and the bucket behind it.

    Raises `Blocked` if the run has none.
    """

    def __init__(self, target: Target, bucket: Bucket) -> None:
        if not target.storage_gate:
            raise Blocked(capability=GATE)
        gate = Gate.of()
        if gate is None:
            raise Blocked(limit=_UNTOLD)
        self._gate = gate
        self._target = target
        self._bucket = bucket

    def count(self) -> int:
        """Return the number of the last request, to ask later what came after it."""
        return self._gate.count()

    def is_used(self) -> None:
        """Raise `Blocked` if the server does not reach its store through the gate."""
        if not self._gate.others():
            raise Blocked(limit=_UNUSED)

    def key(self, url: SignedUrl) -> str:
        """Return the key of the object that an upload URL writes, whether it exists or not."""
        return certain_key(url, self._target) or url.key(self._bucket.name)

    def asked_about(self, key: str, since: int) -> bool:
        """Whether the server asked the storage about an object after a request."""
        return any(_asks(sight, key) for sight in self._gate.seen(since))

    def uploads_by_the_server(self, upload: Upload, key: str, since: int) -> list[Sight]:
        """Return the requests after a number that stored the bytes of an upload, or its object.

        Those that the upload URL itself authorises do not count: the client sent them, or
        something that passes its request on.
        """
        signed = {digest_of(upload.signed.parameter(name) or "") for name in SIGNATURES}
        sha256 = hashlib.sha256(upload.body).hexdigest()
        return [
            sight
            for sight in self._gate.seen(since)
            if sight.kind == WRITE
            and not sight.own
            and sight.signature not in signed
            and (key in sight.keys or sight.sha256 == sha256)
        ]

    def leads_to_the_storage(self, url: SignedUrl) -> bool:
        """Whether a URL certainly leads to the storage, or to the gate before it."""
        return certain_key(url, self._target) is not None

    def holding_deletes(self, *objects: StoredObject) -> AbstractContextManager[Ordered]:
        """Hold the server's deletes of objects during the block, a few seconds at most."""
        return self._gate.ordered(HOLD, (DELETE,), [one.key for one in objects], seconds=HOLD_S)

    @contextmanager
    def _failing(
        self, failure: Failure, kinds: Sequence[str], keys: Sequence[str]
    ) -> Iterator[Ordered]:
        """Let the server's requests of some kinds about some objects fail during the block."""
        more = {"status": failure.status, "seconds": SILENCE_S}
        with disturbing(), self._gate.ordered(failure.action, kinds, keys, **more) as order:
            yield order

    def failing_questions(self, failure: Failure, *keys: str) -> AbstractContextManager[Ordered]:
        """Let the server's questions about objects fail during the block."""
        return self._failing(failure, ASKING, keys)

    def failing_deletes(
        self, failure: Failure, *objects: StoredObject
    ) -> AbstractContextManager[Ordered]:
        """Let the server's deletes of objects fail during the block."""
        return self._failing(failure, (DELETE,), [one.key for one in objects])


def went_to_the_storage(gate: StorageGate, upload: Upload, since: int) -> None:
    """Judge that the server did not store the bytes of an upload in the client's place.

    `since` is the gate's count before the upload.
    """
    if gate.leads_to_the_storage(upload.signed):
        return
    key = gate.key(upload.signed)
    found = gate.uploads_by_the_server(upload, key, since)
    actual = f"the server itself stored {sum(one.size for one in found)} bytes in the storage"
    expect.that(not found, "the bytes to go from the client to the storage", actual)
    raise NotApplicable("the upload URL leads neither to the storage gate nor to --s3-endpoint")


def held(order: Ordered, answered: Callable[[], bool]) -> bool:
    """Wait until the gate holds a request, or what would cause it is answered without one."""
    deadline = time.monotonic() + _HELD_BOUND_S
    while not answered() and time.monotonic() < deadline:
        if order.caught(_LOOK_S):
            return True
    return order.caught() > 0


def _asks(sight: Sight, key: str) -> bool:
    if sight.own or sight.kind not in ASKING:
        return False
    if sight.kind == LIST:
        return any(key.startswith(prefix) for prefix in sight.keys)
    return key in sight.keys
