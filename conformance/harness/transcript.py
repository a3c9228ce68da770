"""What was sent for the running case."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.model.exchange import Exchange, Request

    #: Called when a request begins; returns what is called with its exchange.
    Watcher = Callable[[Request], Callable[[Exchange], None]]


@dataclass
class Transcript:
    """The exchanges of the running case, and the requirement that they were sent for.

    `case` is the id of the running case; it is empty before and after the cases.
    """

    run_id: str
    requirement: str = "-"
    case: str = ""
    exchanges: list[Exchange] = field(default_factory=list)
    listeners: list[Callable[[Exchange], None]] = field(default_factory=list)
    watchers: list[Watcher] = field(default_factory=list)
    #: Whether the case also did something that no exchange shows, such as replacing an object.
    out_of_band: bool = False
    #: Where each part begins that stands alone, such as one sequence of a machine.
    _parts: list[int] = field(default_factory=list)

    def begin(self, requirement: str, case: str = "") -> None:
        """Start the transcript of another case."""
        self.requirement = requirement
        self.case = case
        self.out_of_band = False
        self.exchanges.clear()
        self._parts.clear()

    def begin_part(self) -> None:
        """Start a part of the case that needs nothing of what was sent for the case before."""
        self.out_of_band = False
        self._parts.append(len(self.exchanges))

    @property
    def has_parts(self) -> bool:
        """Whether the case has parts that stand alone."""
        return bool(self._parts)

    def way_to(self, exchange: Exchange | None) -> list[Exchange]:
        """Return the exchanges of a part up to this one; those of the last part without one."""
        found = self.exchanges
        if exchange is not None:
            # By identity: two answers may well be equal.
            numbers = [number for number, step in enumerate(found) if step is exchange]
            found = found[: numbers[-1] + 1] if numbers else [*found, exchange]
        begins = max((begin for begin in self._parts if begin < len(found)), default=0)
        return found[begins:]

    def opened(self, request: Request) -> Callable[[Exchange], Exchange]:
        """Call every watcher when a request begins; return what takes its exchange.

        An exchange is kept, and passed to every listener; one checks the documented schemas.
        """
        endings = [watcher(request) for watcher in self.watchers]

        def add(exchange: Exchange) -> Exchange:
            self.exchanges.append(exchange)
            for listener in (*self.listeners, *endings):
                listener(exchange)
            return exchange

        return add
