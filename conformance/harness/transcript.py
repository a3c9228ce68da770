"""What was sent for the running case."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.model.exchange import Exchange


@dataclass
class Transcript:
    """The exchanges of the running case, and the requirement that they were sent for."""

    run_id: str
    requirement: str = "-"
    exchanges: list[Exchange] = field(default_factory=list)
    listeners: list[Callable[[Exchange], None]] = field(default_factory=list)
    #: Whether the case also did something that no exchange shows, such as replacing an object.
    out_of_band: bool = False
    #: The exchanges that show the finding of a case which sent more than that, such as a search.
    telling: list[Exchange] = field(default_factory=list)

    def begin(self, requirement: str) -> None:
        """Start the transcript of another case."""
        self.requirement = requirement
        self.out_of_band = False
        self.exchanges.clear()
        self.telling.clear()

    def add(self, exchange: Exchange) -> Exchange:
        """Keep an exchange and pass it to every listener; one checks the documented schemas."""
        self.exchanges.append(exchange)
        for listener in self.listeners:
            listener(exchange)
        return exchange
