"""Faults of GET /media: walks that end too early, missing items, and sizes of the library."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal, other_caller
from conformance.servers.feedhive.cursor import decoded, encoded
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Server

    Page = dict[str, Any]


def _pages(
    name: str, requirement: str, sentence: str, change: Callable[[Page, int, str | None], Any]
) -> None:
    """Register a fault: `change` gets the page, the limit and the cursor."""

    def apply(server: Server) -> None:
        @server.replaces("page")
        def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
            answer = original(owner, limit, cursor)
            change(answer, limit, cursor)
            return answer

    FAULT.add(name, sentence, apply, requirement)


_pages(
    "next-cursor-ends-early",
    "FH-LIST-08",
    "next_cursor is null on every page, but has_more is true while there is more.",
    lambda page, _, __: page.update(next_cursor=None),
)
_pages(
    "has-more-ends-early",
    "FH-LIST-07",
    "has_more is false on every page, but next_cursor leads to the next page.",
    lambda page, _, __: page.update(has_more=False),
)
_pages(
    "walks-end-after-two-pages",
    "FH-LIST-07",
    "The second page says that it is the last.",
    lambda page, _, cursor: cursor and page.update(has_more=False, next_cursor=None),
)
_pages(
    "next-cursor-ends-on-the-second-page",
    "FH-LIST-08",
    "next_cursor is null on the second page, but has_more is true.",
    lambda page, _, cursor: cursor and page.update(next_cursor=None),
)
_pages(
    "next-cursor-is-missing-at-the-end",
    "FH-LIST-08",
    "The last page has no next_cursor.",
    lambda page, _, __: page["next_cursor"] or page.pop("next_cursor"),
)
_pages(
    "small-pages-end-early",
    "FH-LIST-07",
    "has_more is false and next_cursor is null on every page of one or two items.",
    lambda page, limit, _: limit <= 2 and page.update(has_more=False, next_cursor=None),
)
_pages(
    "later-pages-lack-an-item",
    "FH-LIST-06",
    "Each page except the first omits its second item.",
    lambda page, _, cursor: cursor and len(page["items"]) > 1 and page["items"].pop(1),
)
_pages(
    "pages-lack-their-last-item",
    "FH-LIST-06",
    "Each page of two or more items omits its last item.",
    lambda page, _, __: len(page["items"]) > 1 and page["items"].pop(),
)
_pages(
    "later-pages-are-empty",
    "FH-LIST-06",
    "Each page except the first has no items.",
    lambda page, _, cursor: cursor and page["items"].clear(),
)
_pages(
    "libraries-of-one-have-more",
    "FH-LIST-07",
    "has_more is true, with a cursor, in a library of one item.",
    lambda page, _, __: (
        page["total"] == 1 and page.update(has_more=True, next_cursor="WzAuMCwiIl0")
    ),
)
_pages(
    "empty-libraries-have-null-items",
    "FH-LIST-01",
    "The items of an empty library are null.",
    lambda page, _, __: page["total"] == 0 and page.update(items=None),
)
_pages(
    "libraries-of-one-have-no-array",
    "FH-LIST-01",
    "In a library of one item, items is the item instead of an array.",
    lambda page, _, __: page["total"] == 1 and page.update(items=page["items"][0]),
)
_pages(
    "total-stops-at-a-hundred",
    "FH-LIST-09",
    "The total is never higher than 100.",
    lambda page, _, __: page.update(total=min(page["total"], 100)),
)
_pages(
    "total-stops-at-twenty",
    "FH-LIST-09",
    "The total is never higher than 20.",
    lambda page, _, __: page.update(total=min(page["total"], 20)),
)


@FAULT("The list of an empty library gets a server error.", "FH-LIST-01")
def empty_lists_crash(server: Server) -> None:
    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        answer = original(owner, limit, cursor)
        if not answer["total"]:
            raise Refusal(500, "list index out of range")
        return answer


@FAULT("Every fifth new media is counted, but never listed.", "FH-COMPLETE-03")
def every_fifth_media_is_not_listed(server: Server) -> None:
    count = itertools.count(1)
    hidden: set[str] = set()

    @server.replaces("media_id")
    def media_id(original: Any) -> Any:
        made = original()
        if next(count) % 5 == 0:
            hidden.add(made)
        return made

    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        answer = original(owner, limit, cursor)
        items = [item for item in answer["items"] if item["id"] not in hidden]
        return {**answer, "items": items}


@FAULT("An altered cursor shows the items of the other caller.", "FH-LIST-12")
def altered_cursors_show_the_other_caller(server: Server) -> None:
    issued: set[str] = set()

    def altered(cursor: str) -> bool:
        half = cursor[: len(cursor) // 2]
        return cursor not in issued and len(cursor) > 8 and any(half in one for one in issued)

    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        if cursor and altered(cursor):
            return original(other_caller(owner), limit, None)
        answer = original(owner, limit, cursor)
        if answer["next_cursor"]:
            issued.add(answer["next_cursor"])
        return answer


@FAULT("A cursor whose position no item has shows the items of all callers.", "FH-LIST-12")
def displaced_cursors_show_everybody(server: Server) -> None:
    library = server.subject

    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        answer = original(owner, limit, cursor)
        if cursor and library.state.media(decoded(cursor)[1], owner) is None:
            answer["items"] += original(other_caller(owner), limit, None)["items"]
        return answer


@FAULT("The last letter of a cursor says whose items it shows.", "FH-LIST-12")
def cursors_end_with_a_number_of_the_caller(server: Server) -> None:
    library = server.subject
    callers = tuple(library.settings.tokens.values())

    @server.replaces("page")
    def page(_: Any, owner: str, limit: int, cursor: str | None) -> Any:
        if cursor is not None:
            if not cursor or cursor[-1] not in "01":
                raise Refusal(400, "cursor cannot be decoded")
            owner = callers[int(cursor[-1])]
        after = decoded(cursor[:-1]) if cursor else None
        rows, total = library.state.page(owner, limit + 1, after)
        shown, more = rows[:limit], len(rows) > limit
        following = encoded((shown[-1].created_at, shown[-1].id)) if more else None
        return {
            "items": [library.item(row) for row in shown],
            "total": total,
            "has_more": more,
            "next_cursor": following and f"{following}{callers.index(owner)}",
        }
