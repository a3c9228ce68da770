"""Walks: where the paging of a server is broken, the row of the paging is named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest

from conformance.judge.finding import Blocked
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive.library import (
    first_pages,
    following,
    leads_on,
    page_of,
    reaches_all,
    walk,
)

if TYPE_CHECKING:
    from conformance.profiles.feedhive.api import Api


def answer(ids: list[str], *, has_more: bool, cursor: str | None) -> Exchange:
    data = {
        "items": [{"id": media_id} for media_id in ids],
        "total": 4,
        "has_more": has_more,
        "next_cursor": cursor,
    }
    body = json.dumps({"success": True, "data": data}).encode()
    response = Response(200, (("Content-Type", "application/json"),), body, 0.0)
    return Exchange(Request("GET", "http://h/media"), response)


class Pages:
    """An api whose list answers the given pages, one after the other."""

    def __init__(self, *pages: Exchange) -> None:
        self._pages = iter(pages)

    def list_media(self, **_: Any) -> Exchange:
        """Return the next page."""
        return next(self._pages)


def api_of(*pages: Exchange) -> Api:
    return cast("Api", Pages(*pages))


def blocker(blocked: pytest.ExceptionInfo[Blocked]) -> str | None:
    violation = blocked.value.violation
    return None if violation is None else violation.requirement


@pytest.mark.parametrize(
    ("has_more", "cursor", "row"), [(False, "c", "FH-LIST-07"), (True, None, "FH-LIST-08")]
)
def test_a_walk_that_ends_too_early_is_blocked_by_its_row(
    *, has_more: bool, cursor: str | None, row: str
) -> None:
    api = api_of(answer(["a", "b"], has_more=has_more, cursor=cursor))

    with pytest.raises(Blocked) as blocked:
        first_pages(api, 2, limit=2)

    assert blocker(blocked) == row


def test_the_first_pages_of_a_whole_walk_are_returned() -> None:
    api = api_of(
        answer(["a"], has_more=True, cursor="c"), answer(["b"], has_more=False, cursor=None)
    )

    assert [page.ids for page in first_pages(api, 2, limit=1)] == [["a"], ["b"]]


def test_a_page_that_leads_on_to_nothing_is_a_limit() -> None:
    page = page_of(answer(["a"], has_more=True, cursor="c"))

    leads_on(page)
    with pytest.raises(Blocked) as blocked:
        following(iter(()), page)

    assert blocked.value.cause.limit is not None


@pytest.mark.parametrize(
    ("pages", "row"),
    [
        ([answer(["a", "b"], has_more=False, cursor=None)], "FH-LIST-07"),
        ([answer(["a", "b"], has_more=True, cursor=None)], "FH-LIST-08"),
        ([answer(["a"], has_more=False, cursor=None)], "FH-LIST-06"),
    ],
    ids=["has_more is false", "no cursor", "a page lacks an item"],
)
def test_items_that_a_walk_lost_are_blamed_on_the_right_row(
    pages: list[Exchange], row: str
) -> None:
    walked = list(walk(api_of(*pages), limit=2))

    with pytest.raises(Blocked) as blocked:
        reaches_all(walked, {"a", "b", "c"}, 2)

    assert blocker(blocked) == row


def test_a_walk_that_met_everything_passes() -> None:
    walked = list(walk(api_of(answer(["a", "b"], has_more=False, cursor=None)), limit=2))

    reaches_all(walked, {"a", "b"}, 2)
