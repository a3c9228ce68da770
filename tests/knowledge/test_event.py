"""An event says whether its answer is a success of what was asked."""

from __future__ import annotations

import pytest

from conformance.knowledge.event import Event
from conformance.knowledge.facts import NOTHING_TOLD, Act, Asked, Told
from conformance.model.exchange import Exchange, Request, Response

MADE = Told(made="med_1")


@pytest.mark.parametrize(
    ("asked", "told", "succeeded"),
    [
        (Asked("main", Act.COMPLETE, subject="upl_1"), NOTHING_TOLD, True),
        (Asked("main", Act.COMPLETE, subject="upl_1", exact=False), NOTHING_TOLD, False),
        (Asked("main", Act.COMPLETE, subject="upl_1", exact=False), MADE, True),
        (Asked("main", exact=False), NOTHING_TOLD, True),
    ],
    ids=["the path itself", "another spelling", "another spelling that tells", "no operation"],
)
def test_another_spelling_succeeds_only_if_its_answer_tells_something(
    asked: Asked, told: Told, *, succeeded: bool
) -> None:
    request = Request("POST", "http://h/MEDIA/uploads/upl_1/complete")
    event = Event(1, request, asked, "main", 0.0)

    event.end(Exchange(request, Response(200, (), b"{}", 0.0)), told, 1.0)

    assert event.succeeded is succeeded
