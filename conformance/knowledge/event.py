"""An event: one exchange as the knowledge sees it, from its beginning to its end."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from conformance.knowledge.facts import NOTHING_TOLD, Act

if TYPE_CHECKING:
    from conformance.knowledge.facts import Asked, Told, View
    from conformance.model.exchange import Exchange, Request

_FIRST_CLIENT_ERROR = 400
# These say nothing about what was asked: a request that came too slowly, or too often.
_SAYS_NOTHING = frozenset({408, 425, 429})


@dataclass(eq=False, slots=True)
class Event:
    """A request, and its answer once it came.

    `began` and `ended` are monotonic seconds; `ended` is infinite while the request is in
    flight, and stays so if no exchange was ever reported. `source` names what sent it.
    `fresh` holds the known items of the answer that its operation never showed like this.
    """

    number: int
    request: Request
    asked: Asked
    caller: str
    began: float
    source: str = ""
    ended: float = math.inf
    exchange: Exchange | None = None
    told: Told = field(default=NOTHING_TOLD)
    fresh: list[View] = field(default_factory=list)

    def end(self, exchange: Exchange, told: Told, at: float) -> None:
        """Note the answer."""
        self.exchange = exchange
        self.told = told
        self.ended = at

    def settle(self) -> None:
        """Forget the parsed body once it was judged: thousands of pages are large."""
        if self.exchange is not None:
            self.exchange = replace(self.exchange, _parsed=[])

    @property
    def status(self) -> int | None:
        """The status of the answer, or None."""
        return self.exchange.status if self.exchange else None

    @property
    def answer(self) -> str:
        """The answer in words that a finding uses, also one of a case; empty without one."""
        return f"it was {self.exchange.summary()}" if self.exchange else ""

    @property
    def retried(self) -> bool:
        """Whether the request was sent more than once: an earlier one may have been done."""
        return bool(self.exchange and (self.exchange.retries or self.exchange.repeated))

    @property
    def succeeded(self) -> bool:
        """Whether the answer is a success of what was asked.

        Some servers answer every path with success. So at another spelling of a path only an
        answer that tells something is one.
        """
        elsewhere = self.asked.act is not Act.OTHER and not self.asked.exact
        if elsewhere and self.told == NOTHING_TOLD:
            return False
        return bool(self.exchange and self.exchange.succeeded)

    @property
    def refused(self) -> bool:
        """Whether the answer is a clear refusal: nothing was done, by this request or before it.

        A lost answer, a server error and a request that was sent again do not say so.
        """
        return self.is_refusal and not self.retried

    @property
    def is_refusal(self) -> bool:
        """Whether the answer is a refusal of what was asked."""
        exchange = self.exchange
        return bool(exchange and exchange.refuses and exchange.status not in _SAYS_NOTHING)

    @property
    def is_partial(self) -> bool:
        """Whether the request is for a part of a file, or only for a file that has changed."""
        asked = {name.lower() for name, _ in self.request.headers}
        return not asked.isdisjoint({"range", "if-none-match"})

    @property
    def is_error(self) -> bool:
        """Whether the answer has an error status, or says that it declines."""
        exchange = self.exchange
        if exchange is None or exchange.status is None:
            return False
        return exchange.status >= _FIRST_CLIENT_ERROR or exchange.declines

    def overlaps(self, other: Event) -> bool:
        """Whether two requests were in flight at the same time, so that either came first."""
        return self.began < other.ended and other.began < self.ended
