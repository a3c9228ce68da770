"""Where no answer comes to an odd text, what the server would say is not known."""

from __future__ import annotations

import pytest

from conformance.judge.cut_off import was_answered
from conformance.judge.finding import Blocked
from conformance.model.exchange import Exchange, Request, Response

_REQUEST = Request("GET", "http://h/media/__proto__")


def test_a_closed_connection_proves_nothing() -> None:
    with pytest.raises(Blocked) as found:
        was_answered(Exchange(_REQUEST, error="the connection was closed"))

    assert found.value.violation is None
    assert "the connection was closed" in str(found.value.limit)


@pytest.mark.parametrize("status", [200, 404, 500])
def test_every_answer_is_judged(status: int) -> None:
    was_answered(Exchange(_REQUEST, Response(status, (), b"", 0.0)))
