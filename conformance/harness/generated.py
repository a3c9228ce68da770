"""Sends generated requests, and judges their answers as far as every answer can be judged.

The oracles and the contract see each answer, as they see the answers of all cases.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.harness.concurrency import parallel
from conformance.harness.pace import paced
from conformance.harness.retry import Limited
from conformance.judge import expect
from conformance.judge.finding import Violation
from conformance.model.requirement import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.harness.harness import Harness
    from conformance.judge.contract import Contract
    from conformance.judge.finding import Finding
    from conformance.model.exchange import Exchange, Request

# After so many requests without any answer no more are sent: each may last as long as the limit.
_UNANSWERED = 3
# So many are under way at the same time, as soon as so many as above were answered.
_AT_ONCE = 6
_SERVER_ERROR = 500


@dataclass(frozen=True)
class Planned:
    """A request that is to be sent; those that write to the same `thing` follow each other."""

    request: Request
    caller: str | None = "main"
    thing: str = ""


@dataclass
class Generated:
    """The generated requests of one operation, and what their answers show.

    `robust` is the requirement that a server error breaks: it says nothing about the schemas.
    """

    harness: Harness
    contract: Contract
    operation: str
    robust: str
    finding: Violation | None = None
    limit: Limited | None = None
    _judged: int = field(default=0, init=False)
    _unanswered: int = field(default=0, init=False)

    @property
    def over(self) -> bool:
        """Whether no more requests are sent: a limit was reached, or the server is silent."""
        return self.limit is not None or self._unanswered >= _UNANSWERED

    def send(self, planned: Sequence[Planned]) -> None:
        """Send requests and judge their answers, until the search is over.

        The first ones are sent one by one, since they show whether the server answers at all.
        """
        self._send_in_turn(planned[:_UNANSWERED])
        parallel(self._send_in_turn, _in_turn(planned[_UNANSWERED:]), _AT_ONCE, within=paced)

    def _send_in_turn(self, planned: Iterable[Planned]) -> None:
        for one in planned:
            if not self.over:
                self._send(one.request, one.caller)

    def _send(self, request: Request, caller: str | None) -> None:
        try:
            exchange: Exchange = self.harness.api.send_generated(
                request, self.operation, caller=caller
            )
        except Limited as limited:
            exchange = limited.exchange
            if exchange.status is None or exchange.status < _SERVER_ERROR:
                self.limit = limited
                return
        self._judge(exchange)

    def result(self) -> Finding | None:
        """Return the first success that does not fit the page's schema.

        A limit of the server counts only when it let no request pass.
        """
        return self.finding or (None if self._judged else self.limit)

    def _judge(self, exchange: Exchange) -> None:
        self._judged += 1
        self._unanswered = 0 if exchange.response else self._unanswered + 1
        try:
            expect.not_a_server_error(exchange)
        except Violation as violation:
            violation.requirement = self.robust
            self.harness.proof.notice(violation)
        self.finding = self.finding or self.contract.mismatch(exchange, Level.MUST)


def _in_turn(planned: Iterable[Planned]) -> list[list[Planned]]:
    """Return the requests in groups; those of one group follow each other."""
    groups: dict[object, list[Planned]] = {}
    for one in planned:
        groups.setdefault(one.thing or one, []).append(one)
    return list(groups.values())
