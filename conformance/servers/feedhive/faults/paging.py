"""Faults of GET /media: its cursor, its total and its order."""

from __future__ import annotations

import random
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.cursor import decoded, encoded
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from conformance.servers.deviation import Answer, Endpoint, Server

_LIST = "list_media"
_STALE_S = 3.0


_rewrites = FAULT.rewriting(_LIST)


def _pages(
    name: str,
    requirement: str,
    sentence: str,
    change: Callable[[Any, Any, str, int, str | None], Any],
) -> None:
    def apply(server: Server) -> None:
        @server.replaces("page")
        def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
            return change(server, original, owner, limit, cursor)

    FAULT.add(name, sentence, apply, requirement)


def _overlap(_: Any, original: Any, owner: str, limit: int, cursor: str | None) -> Any:
    page = original(owner, limit, cursor)
    if page["next_cursor"] and limit > 1:
        page["next_cursor"] = original(owner, limit - 1, cursor)["next_cursor"]
    return page


def _gap(_: Any, original: Any, owner: str, limit: int, cursor: str | None) -> Any:
    page = original(owner, limit, cursor)
    if page["next_cursor"] and limit < 100:
        page["next_cursor"] = (
            original(owner, limit + 1, cursor)["next_cursor"] or page["next_cursor"]
        )
    return page


def _gap_when_dividing(_: Any, original: Any, owner: str, limit: int, cursor: str | None) -> Any:
    page = original(owner, limit, cursor)
    if page["total"] % limit == 0 and limit > 1 and cursor is None and page["items"]:
        page["items"] = page["items"][:-1]
    return page


def _first_page_again(_: Any, original: Any, owner: str, limit: int, cursor: str | None) -> Any:
    page = original(owner, limit, cursor)
    if cursor is not None and page["next_cursor"]:
        page["next_cursor"] = original(owner, limit, None)["next_cursor"]
        page["has_more"] = not getattr(original, "done", False)
    return page


def _second_page_forever(_: Any, original: Any, owner: str, limit: int, cursor: str | None) -> Any:
    second = original(owner, limit, None)["next_cursor"]
    counted = cursor is not None and cursor.isdecimal() and int(cursor) > 0
    page = original(owner, limit, second if counted else cursor)
    following = str(int(cursor or 0) + 1) if second else None
    return {**page, "has_more": second is not None, "next_cursor": following}


_pages(
    "pages-overlap-by-one",
    "FH-LIST-06",
    "Each page repeats the last item of the page before.",
    _overlap,
)
_pages(
    "later-pages-forget-the-limit",
    "FH-LIST-03",
    "Only the first page obeys the limit; later pages have the default size.",
    lambda _, original, owner, limit, cursor: original(owner, 20 if cursor else limit, cursor),
)


@FAULT("A page with a cursor and without a limit has one item.", "FH-LIST-02")
def later_pages_hold_one_by_default(server: Server) -> None:
    @server.wraps(_LIST)
    async def one(endpoint: Endpoint, request: Request) -> Response:
        query = request.query_params
        if "cursor" in query and "limit" not in query:
            words = request.scope["query_string"] + b"&limit=1"
            request = Request({**request.scope, "query_string": words}, request.receive)
        return await endpoint(request)


_pages("pages-leave-a-gap", "FH-LIST-06", "One item is missing between two pages.", _gap)
_pages(
    "full-last-pages-leave-a-gap",
    "FH-LIST-06",
    "One item is missing if the limit divides the total.",
    _gap_when_dividing,
)
_pages(
    "cursor-survives-one-page",
    "FH-LIST-06",
    "The second cursor leads back to the first page.",
    _first_page_again,
)
_pages(
    "later-pages-are-the-second",
    "FH-LIST-06",
    "The second page repeats without end, each time with a new cursor.",
    _second_page_forever,
)
_pages(
    "cursor-is-ignored",
    "FH-LIST-06",
    "Every page is the first page.",
    lambda _, original, owner, limit, __: original(owner, limit, None),
)
_pages(
    "walks-end-after-a-page",
    "FH-LIST-07",
    "has_more is false on every page.",
    lambda _, original, *args: {**original(*args), "has_more": False, "next_cursor": None},
)


@FAULT("has_more is true on a full last page.", "FH-LIST-07")
def full_last_pages_have_more(server: Server) -> None:
    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        answer = original(owner, limit, cursor)
        if not answer["has_more"] and len(answer["items"]) == limit:
            last = answer["items"][-1]
            row = server.subject.state.media(last["id"], owner)
            following = encoded((row.created_at, row.id))
            return {**answer, "has_more": True, "next_cursor": following}
        return answer


_rewrites(
    "next-cursor-ends-empty",
    "FH-LIST-08",
    "next_cursor is an empty string on the last page.",
    lambda answer: answer.data.update(next_cursor=answer.data["next_cursor"] or ""),
)
_rewrites(
    "next-cursor-never-ends",
    "FH-LIST-08",
    "next_cursor is not null on the last page.",
    lambda answer: answer.data.update(next_cursor=answer.data["next_cursor"] or "WzAsIiJd"),
)
_rewrites(
    "total-is-the-page",
    "FH-LIST-09",
    "The total is the number of items on the page.",
    lambda answer: answer.data.update(total=len(answer.data["items"])),
)
_rewrites(
    "total-is-one-too-many",
    "FH-LIST-09",
    "The total is one too high.",
    lambda answer: answer.data.update(total=answer.data["total"] + 1),
)
_rewrites(
    "total-is-zero-behind-a-cursor",
    "FH-LIST-09",
    "The total is 0 on every page except the first.",
    lambda answer: answer.data.update(
        total=0 if answer.request.query_params.get("cursor") else answer.data["total"]
    ),
)


@FAULT("The total is up to three seconds old.", "FH-LIST-19")
def total_is_stale(server: Server) -> None:
    known: dict[str, tuple[float, int]] = {}

    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        answer = original(owner, limit, cursor)
        read_at, total = known.get(owner, (0.0, 0))
        if time.monotonic() - read_at > _STALE_S:
            known[owner] = time.monotonic(), answer["total"]
            return answer
        return {**answer, "total": total}


_rewrites(
    "items-come-shuffled",
    "FH-LIST-10",
    "The items of a page are in a random order.",
    lambda answer: answer.data.update(
        items=random.sample(answer.data["items"], len(answer.data["items"]))
    ),
)


def _lenient(_: Any, original: Any, owner: str, limit: int, cursor: str | None) -> Any:
    try:
        return original(owner, limit, cursor)
    except Refusal:
        return original(owner, limit, None)


_pages(
    "garbage-cursors-start-over",
    "FH-LIST-11",
    "The server ignores a cursor that cannot be decoded.",
    _lenient,
)


@FAULT("The cursor names the caller whose items it lists.", "FH-LIST-12")
def cursor_carries_its_owner(server: Server) -> None:
    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        if cursor is not None and "." in cursor:
            owner, _, cursor = cursor.partition(".")
        answer = original(owner, limit, cursor)
        following = answer["next_cursor"]
        return {**answer, "next_cursor": following and f"{owner}.{following}"}


@FAULT("A walk starts again when the number of items changes.", "FH-LIST-13")
def changes_begin_the_walk_anew(server: Server) -> None:
    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        size, _, within = (cursor or "").partition(".")
        answer = original(owner, limit, within or cursor)
        if size.isdecimal() and int(size) != answer["total"]:
            answer = original(owner, limit, None)
        following = answer["next_cursor"]
        return {**answer, "next_cursor": following and f"{answer['total']}.{following}"}


@FAULT("A walk starts again when the item of its cursor is deleted.", "FH-LIST-13")
def a_deleted_item_takes_the_cursor_along(server: Server) -> None:
    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        answer = original(owner, limit, cursor)
        lost = cursor and server.subject.state.media(decoded(cursor)[1], owner) is None
        return original(owner, limit, None) if lost else answer


@FAULT("A cursor counts items, and skips three when the number of items changes.", "FH-LIST-13")
def changes_shift_the_walk_by_three(server: Server) -> None:
    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        try:
            before, start = map(int, urlsafe_b64decode(cursor or "MCAw").split())
        except ValueError:
            raise Refusal(400, "cursor cannot be decoded") from None
        total = original(owner, 1, None)["total"]
        start += 3 if before not in {0, total} else 0
        rows, _ = server.subject.state.page(owner, start + limit + 1, None)
        shown, more = rows[start : start + limit], len(rows) > start + limit
        return {
            "items": [server.subject.item(row) for row in shown],
            "total": total,
            "has_more": more,
            "next_cursor": urlsafe_b64encode(b"%d %d" % (total, start + limit)).decode()
            if more
            else None,
        }


_rewrites(
    "oldest-come-first",
    "FH-LIST-14",
    "The items of a page are in the order from old to new.",
    lambda answer: answer.data["items"].reverse(),
)


def _oldest_without_moments(answer: Answer) -> None:
    answer.data["items"].reverse()
    for item in answer.data["items"]:
        item["created_at"] = None


_rewrites(
    "oldest-come-first-without-moments",
    "FH-LIST-14",
    "The items of a page are in the order from old to new, and created_at is null.",
    _oldest_without_moments,
)
