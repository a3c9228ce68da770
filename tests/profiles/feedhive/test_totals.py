"""A total that is up to date is waited for, once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest

from conformance.judge.finding import Blocked
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive import totals

if TYPE_CHECKING:
    from conformance.profiles.feedhive.api import Api


class Lists:
    """A list of two items, whose totals come one after the other; the last one stays."""

    shared = False

    def __init__(self, *counts: int) -> None:
        self._counts = list(counts)
        self.asked = 0

    def list_media(self, limit: int, **_: Any) -> Exchange:
        """Return a page."""
        self.asked += 1
        count = self._counts.pop(0) if len(self._counts) > 1 and limit == 1 else self._counts[0]
        items = [{"id": "a"}, {"id": "b"}][:limit]
        data = {"items": items, "total": count, "has_more": False, "next_cursor": None}
        body = json.dumps({"success": True, "data": data}).encode()
        headers = (("content-type", "application/json"),)
        return Exchange(Request("GET", "https://api/media"), Response(200, headers, body, 0.0))


@pytest.fixture(autouse=True)
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(totals, "COUNTED_S", 0.05)
    monkeypatch.setattr(totals, "_LOOK_S", 0.01)


def test_a_total_that_was_kept_is_waited_for() -> None:
    assert totals.current_total(cast("Api", Lists(0, 1, 2))) == 2


def test_a_total_that_stays_wrong_is_returned_and_not_waited_for_again() -> None:
    lists = Lists(7)
    assert totals.current_total(cast("Api", lists)) == 7
    before = lists.asked

    assert totals.current_total(cast("Api", lists)) == 7
    assert lists.asked == before + 1


def test_a_large_library_is_not_walked() -> None:
    lists = Lists(4_000)

    assert totals.current_total(cast("Api", lists)) == 4_000
    assert lists.asked == 1


def test_no_total_is_exact_where_other_shards_use_the_library() -> None:
    lists = Lists(2)
    lists.shared = True

    with pytest.raises(Blocked, match="other shards may use the same tokens: pass --start, or"):
        totals.current_total(cast("Api", lists))
    assert lists.asked == 0
