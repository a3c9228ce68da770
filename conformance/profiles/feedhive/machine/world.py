"""What the machine acts with, and what the sequences of one case share."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.harness.bucket_access import certain_key
from conformance.judge.finding import Blocked, Violation
from conformance.model.signed_url import SignedUrl

if TYPE_CHECKING:
    from conformance.harness.bucket import Bucket
    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.given import Given

UNAUTHORIZED = 401


class Doubt(Exception):
    """A request may or may not have had its effect: the rest of the sequence proves nothing."""


@dataclass
class Owed:
    """A place that a delete must empty: a key of the bucket, or a URL of the storage."""

    place: str
    words: str
    since: float
    steps: list[str]
    #: Whether it was seen to be there; a URL may answer with an error of the storage.
    serves: bool = True

    @property
    def is_url(self) -> bool:
        """Whether it is a URL: without the bucket's credentials it is read."""
        return self.place.startswith("http")


@dataclass
class World:
    """The target of a case, the callers that take part, and what the sequences did so far."""

    harness: Harness
    given: Given
    callers: tuple[str, ...]
    done: Counter[str] = field(default_factory=Counter)
    #: The callers whose library another client, shard or case changes: it is judged by bounds.
    company: set[str] = field(default_factory=set)
    #: The callers whose company are other cases of this run, whose media are known. What is found
    #: runs again alone.
    beside: frozenset[str] = frozenset()
    #: Whether a library was watched long enough to see a slow client.
    watched: bool = False
    #: The server keeps its totals for a while: they are not compared any more.
    keeps_totals: bool = False
    #: A total stayed wrong although it was waited for.
    total_is_wrong: bool = False
    #: The longest seconds after which the list agreed; 0 where it always agreed at once.
    lag_s: float = 0.0
    #: Whether the bucket can be listed as a whole.
    listable: bool = True
    owed: dict[str, Owed] = field(default_factory=dict)

    @property
    def api(self) -> Any:
        """The five operations of the target."""
        return self.given.api

    @property
    def storage(self) -> Any:
        """The storage behind the upload URLs."""
        return self.harness.storage

    @property
    def bucket(self) -> Bucket | None:
        """The bucket, if its credentials are given."""
        return self.harness.bucket if "s3-access" in self.harness.target.capabilities else None

    def stranger(self, caller: str) -> str | None:
        """Return the other caller, if there are two."""
        return next((one for one in self.callers if one != caller), None)

    def key(self, url: object) -> str | None:
        """Return the key of the object in the bucket that a URL certainly leads to, or None."""
        return certain_key(SignedUrl(url), self.harness.target) if isinstance(url, str) else None

    def notice(self, requirement: str, expected: str, actual: str, exchange: Exchange) -> None:
        """Keep a finding that does not stop the sequence, such as one of a SHOULD."""
        self.harness.proof.notice(Violation(expected, actual, exchange, requirement))

    def owe(self, places: set[str], words: str, steps: list[str]) -> None:
        """Note places that a delete must empty."""
        for place in places:
            self.owed.setdefault(place, Owed(place, words, time.monotonic(), list(steps)))


def refused_key() -> Blocked:
    """Return the limit of a run whose key expired."""
    return Blocked(limit="the server does not accept the key any more (401)")


def certain(exchange: Exchange) -> Exchange:
    """Return the answer of an owner's request if it shows what happened.

    Raises:
        Doubt: There was no answer, or an earlier one was lost and the request was sent again.
        Blocked: The key is not accepted any more.
    """
    if exchange.response is None or (exchange.retries and not exchange.succeeded):
        raise Doubt(exchange.summary())
    if exchange.status == UNAUTHORIZED:
        raise refused_key()
    return exchange
