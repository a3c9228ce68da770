"""Orders to the gate: which requests it holds or lets fail, by the keys of the kit's uploads."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.gate.sight import LIST, Sight

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The request waits, and is then passed on unchanged.
HOLD = "hold"
#: The request is answered with an error of S3, and is not passed on.
STATUS = "status"
#: Nothing is passed on and nothing is answered; after some seconds the connection ends.
SILENCE = "silence"
#: The request is passed on, and its answer is cut.
CUT = "cut"

#: Seconds after which an order ends by itself: its case may have been killed.
LONGEST_ORDER_S = 120.0
#: Seconds that the gate may hold one request, whatever an order says.
LONGEST_HOLD_S = 20.0

# A part of a key that is shorter may belong to another object too.
_TELLING = 8


@dataclass
class Order:
    """What the gate does with requests of some kinds on some keys; never with the kit's own.

    `seconds` is the time of a hold, or of the first silence: a further one ends at once, since
    a client tries again. `caught` counts the requests that it met.
    """

    kinds: Sequence[str]
    keys: Sequence[str]
    action: str
    status: int = 500
    seconds: float = 1.0
    caught: int = 0
    began: float = field(default_factory=time.monotonic)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    met: asyncio.Event = field(default_factory=asyncio.Event)

    def concerns(self, sight: Sight) -> bool:
        """Return whether the order is about a request."""
        if sight.own or sight.kind not in self.kinds or not sight.keys:
            return False
        if sight.kind == LIST:
            return sight.keys[0] in {name for key in self.keys for name in (key, _stem(key))}
        ours = [self._is_ours(key) for key in sight.keys]
        # A hold harms nobody; a failure must meet no object of somebody else.
        return any(ours) if self.action == HOLD else all(ours)

    def _is_ours(self, name: str) -> bool:
        """Return whether an object is one of the keys, or named after one, as a thumbnail is."""
        return any(name == key or (len(key) > _TELLING and key in name) for key in self.keys)

    async def held(self) -> None:
        """Wait until the order is released, or its seconds are over."""
        again = self.action == SILENCE and self.caught > 1
        try:
            await asyncio.wait_for(
                self.released.wait(), 0 if again else min(self.seconds, LONGEST_HOLD_S)
            )
        except TimeoutError:
            return


class Orders:
    """All orders, each under a number."""

    def __init__(self) -> None:
        self._orders: dict[int, Order] = {}
        self._next = 1

    def add(self, order: Order) -> int:
        """Add an order and return its number."""
        number, self._next = self._next, self._next + 1
        self._orders[number] = order
        return number

    def end(self, number: int) -> int:
        """End an order, let go what it holds, and return how many requests it met."""
        order = self._orders.pop(number, None)
        if order is None:
            return 0
        order.released.set()
        return order.caught

    async def caught(self, number: int, timeout_s: float) -> int:
        """Wait until an order has met a request; return how many it met."""
        order = self._orders.get(number)
        if order is None:
            return 0
        try:
            await asyncio.wait_for(order.met.wait(), min(timeout_s, LONGEST_HOLD_S))
        except TimeoutError:
            return order.caught
        return order.caught

    def about(self, sight: Sight) -> Order | None:
        """Return the order that concerns a request, and count the request; None without one."""
        self._forget_old()
        for order in self._orders.values():
            if order.concerns(sight):
                order.caught += 1
                order.met.set()
                sight.injected = order.action
                return order
        return None

    def _forget_old(self) -> None:
        now = time.monotonic()
        for number, order in list(self._orders.items()):
            if now - order.began > LONGEST_ORDER_S:
                self.end(number)


def _stem(key: str) -> str:
    """Return a key without its extension."""
    folder, slash, name = key.rpartition("/")
    stem = name.rpartition(".")[0] or name
    return f"{folder}{slash}{stem}"
