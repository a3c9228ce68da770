"""Texts that attacks also use: a firewall before a server may close the connection at them.

A server that crashes looks the same. The requirements about server errors warn of it; what the
server would have answered is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.finding import Blocked

if TYPE_CHECKING:
    from conformance.model.exchange import Exchange


def was_answered(exchange: Exchange) -> None:
    """Raise `Blocked` where no answer came to a request with such a text."""
    if exchange.response is None:
        raise Blocked(
            limit=f"no answer came to an odd text ({exchange.error}): a firewall may close the"
            " connection, or the server crashes"
        )
