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

    def begin(self, requirement: str, case: str = "") -> None:
        """Start the transcript of another case."""
        self.requirement = requirement
        self.case = case
        self.out_of_band = False
        self.exchanges.clear()

    def opened(self, request: Request) -> Callable[[Exchange], Exchange]:
        """Tell every watcher that a request begins; return what takes its exchange.

        An exchange is kept, and passed to every listener; one checks the documented schemas.
        """
        endings = [watcher(request) for watcher in self.watchers]

        def add(exchange: Exchange) -> Exchange:
            self.exchanges.append(exchange)
            for listener in (*self.listeners, *endings):
                listener(exchange)
            return exchange

        return add
