"""Walks: where the paging of a server is broken, the row of the paging is named."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest

from conformance.judge.finding import Blocked
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive.library import (
    first_pages,
    following,
    leads_on,
    listed_items,
    page_of,
    reaches_all,
    walk,
    whole_walk,
)

if TYPE_CHECKING:
    from conformance.profiles.feedhive.api import Api


def answer(ids: list[str], *, has_more: bool, cursor: str | None, total: int = 4) -> Exchange:
    data = {
        "items": [{"id": media_id} for media_id in ids],
        "total": total,
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


class Library:
    """An api with so many items, newest first; the number of an item is its second."""

    def __init__(self, count: int) -> None:
        self.items = list(range(count, 0, -1))
        self.lists = 0
        self.claims = 0

    def list_media(self, *, limit: int, cursor: str | None = None, caller: str) -> Exchange:
        """Return a page; the cursor is the last item that was shown."""
        del caller
        self.lists += 1
        rest = [one for one in self.items if cursor is None or one < int(cursor)]
        shown, more = rest[:limit], len(rest) > limit
        data = {
            "items": [{"id": str(one), "created_at": moment(one)} for one in shown],
            "total": self.claims or len(self.items),
            "has_more": more,
            "next_cursor": str(shown[-1]) if more else None,
        }
        body = json.dumps({"success": True, "data": data}).encode()
        response = Response(200, (("Content-Type", "application/json"),), body, 0.0)
        return Exchange(Request("GET", "http://h/media"), response)


def moment(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()


def test_a_small_library_is_listed_whole() -> None:
    library = Library(250)

    assert len(listed_items(cast("Api", library))) == 250


def test_of_a_large_library_the_newest_items_are_listed() -> None:
    library = Library(20_000)
    api = cast("Api", library)
    before = set(listed_items(api))

    library.items = [*range(20_150, 20_000, -1), *library.items]
    gone = library.items.pop(160)
    after = set(listed_items(api))

    assert before == {str(one) for one in range(19_901, 20_001)}
    assert after == ({str(one) for one in range(19_901, 20_151)} - {str(gone)})
    assert library.lists <= 6


def test_a_library_that_grows_large_is_listed_whole_as_before() -> None:
    library = Library(450)
    api = cast("Api", library)
    listed_items(api)

    library.items = [*range(600, 450, -1), *library.items]

    assert len(listed_items(api)) == 600


def test_a_large_library_whose_order_is_another_is_listed_whole() -> None:
    library = Library(1_000)
    library.items.sort(key=lambda one: (one % 10, -one))
    pages = [library.items[start : start + 100] for start in range(0, 1_000, 100)]
    api = api_of(
        *(
            answer([str(one) for one in page], has_more=page is not pages[-1], cursor=str(number),
                   total=1_000)
            for number, page in enumerate(pages)
        )
    )  # fmt: skip

    assert len(listed_items(api)) == 1_000


def test_a_walk_to_the_end_of_a_large_library_has_large_pages() -> None:
    library = Library(2_000)

    pages = whole_walk(cast("Api", library), 7)

    assert [len(page.items) for page in pages] == [100] * 20
    assert library.lists == 21


def test_a_walk_through_a_huge_library_is_blocked_soon() -> None:
    library = Library(40_000)

    with pytest.raises(Blocked, match="the library has 40,000 items"):
        whole_walk(cast("Api", library), 7)

    assert library.lists < 12


def test_a_total_that_is_too_large_does_not_make_a_library_large() -> None:
    library = Library(250)
    library.claims = 40_000

    assert sum(len(page.items) for page in whole_walk(cast("Api", library), 7)) == 250


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


@pytest.mark.parametrize(("status", "row"), [(200, "FH-LIST-08"), (404, None)])
def test_a_refused_cursor_is_not_blamed_if_its_item_was_deleted(
    status: int, row: str | None
) -> None:
    refusal = Exchange(Request("GET", "http://h/media"), Response(400, (), b"", 0.0))
    api: Any = api_of(answer(["a"], has_more=True, cursor="a"), refusal)
    api.get_media = lambda *_, **__: Exchange(
        Request("GET", "http://h/media/a"), Response(status, (), b"{}", 0.0)
    )

    with pytest.raises(Blocked) as blocked:
        list(walk(api, limit=1))

    assert blocker(blocked) == row
