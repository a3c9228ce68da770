"""Which requirements the contract check of one answer is about, whether they hold or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.contract import is_json_refusal
from conformance.judge.promises import is_judged
from conformance.model.requirement import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.judge.contract import Contract
    from conformance.model.exchange import Exchange
    from conformance.model.requirement import Catalogue


def rows_judged(
    catalogue: Catalogue, contracts: Sequence[Contract], exchange: Exchange
) -> Iterator[str]:
    """Yield the requirements that `mismatches` judges in an answer.

    Args:
        catalogue: The rows of the operations.
        contracts: The OpenAPI documents.
        exchange: The answer.
    """
    rows = catalogue.schemas.get(exchange.operation or "", {})
    if is_json_refusal(exchange):
        yield from filter(None, (rows.get(Level.SHOULD), catalogue.declines, catalogue.claims))
        return
    for level, row in rows.items():
        for contract in contracts:
            asked = contract.asks(exchange, level)
            if asked is None:
                continue
            yield row
            for promise in asked:
                if promise.requirement and is_judged(promise, exchange):
                    yield promise.requirement
