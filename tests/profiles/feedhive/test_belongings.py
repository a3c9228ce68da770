"""The library as the clean-up reads it: an answer that a connection lost is asked for again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from conformance.harness.belongings import patient_get
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive.belongings import created_at, listed

if TYPE_CHECKING:
    from conformance.harness.client import Client

BASE = "http://a.test"
LOST = None


def page(*ids: str, cursor: str | None = None) -> dict[str, Any]:
    items = [{"id": one, "created_at": "2031-05-04T00:00:00Z"} for one in ids]
    return {"items": items, "total": 2, "has_more": cursor is not None, "next_cursor": cursor}


class Loses:
    """A client whose answers are given; `LOST` is one that never came."""

    def __init__(self, *answers: dict[str, Any] | None) -> None:
        self.answers = list(answers)

    def send(self, method: str, url: str, **_: object) -> Exchange:
        data = self.answers.pop(0)
        request = Request(method, url, (), b"")
        if data is LOST:
            return Exchange(request, None, "the connection broke")
        body = json.dumps({"success": True, "data": data}).encode()
        return Exchange(request, Response(200, (("content-type", "application/json"),), body, 0.1))


def client(*answers: dict[str, Any] | None) -> Client:
    return cast("Client", Loses(*answers))


def test_a_page_that_got_lost_is_asked_for_again() -> None:
    found = listed(client(LOST, page("a", cursor="c"), LOST, LOST, page("b")), BASE, "main")

    assert [item.id for item in found.items] == ["a", "b"]
    assert (found.whole, found.answered) == (True, True)


def test_a_list_whose_second_page_never_comes_is_not_answered() -> None:
    found = listed(client(page("a", cursor="c"), *[LOST] * 5), BASE, "main")

    assert [item.id for item in found.items] == ["a"]
    assert (found.whole, found.answered) == (False, False)


def test_the_moment_of_a_media_is_asked_for_again() -> None:
    moment = created_at(client(LOST, {"created_at": "2031-05-04T00:00:00Z"}), BASE, "main", "a")

    assert moment is not None


def test_it_is_not_asked_for_without_end() -> None:
    given = client(*[LOST] * 9)

    assert patient_get(given, BASE, "main").response is None
    assert len(cast("Any", given).answers) == 4
