"""Oracles of refusals and errors: what they say, and what they must not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.knowledge.facts import Act
from conformance.oracles.finding import AGREES, Finding
from conformance.oracles.refusals import RefusalRows, kind_of, refusal_oracles, to_the_api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.knowledge.event import Event
    from conformance.knowledge.knowledge import Knowledge
    from conformance.oracles.finding import Judgement

ORACLES = refusal_oracles(
    RefusalRows(
        errors_show_nothing="FH-ERROR-02",
        successes_show_no_key="FH-ERROR-04",
        keyless={
            Act.OPEN: "FH-AUTH-01",
            Act.COMPLETE: "FH-AUTH-02",
            Act.LIST: "FH-AUTH-03",
            Act.FETCH: "FH-AUTH-04",
            Act.DELETE: "FH-AUTH-05",
        },
        foreign={
            Act.COMPLETE: "FH-COMPLETE-14",
            Act.LIST: "FH-LIST-17",
            Act.FETCH: "FH-GET-12",
            Act.DELETE: "FH-DELETE-10",
        },
        crashes={
            Act.OPEN: "FH-CREATE-18",
            Act.COMPLETE: "FH-COMPLETE-16",
            Act.LIST: "FH-LIST-05",
            Act.FETCH: "FH-GET-13",
            Act.DELETE: "FH-DELETE-14",
        },
    )
)


# No page defines the envelope of their answers: the contract check reports it as a SHOULD.
_OF_POSTS = frozenset({"create_post", "list_posts", "get_post", "update_post", "delete_post"})


@ORACLES.of_answers("FH-ERROR-01")
def refusal_claims_success(_: Knowledge, event: Event) -> Iterator[Judgement]:
    """An answer with an error status does not contain success true."""
    exchange = event.exchange
    if exchange is None or not to_the_api(event) or not event.is_error or exchange.declines:
        return
    if exchange.operation in _OF_POSTS:
        return
    expected = "`success` not to be true in an answer with an error status"
    actual = f"it is true in {exchange.summary()}"
    yield (
        Finding("FH-ERROR-01", kind_of(event), expected, actual, event)
        if exchange.at("success") is True
        else AGREES
    )
