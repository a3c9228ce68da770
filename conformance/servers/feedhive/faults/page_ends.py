"""Faults of GET /media where pages end: at the maximum, at the last item and at a bad cursor."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.library import MAXIMUM_LIMIT
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from conformance.servers.deviation import Server


def _takes_any_limit(server: Server) -> None:
    """Let the rule of pages decide about limits of up to six digits."""

    @server.replaces("page_size")
    def page_size(original: Any, text: str | None) -> int:
        known = re.fullmatch("[1-9][0-9]{0,5}", text or "")
        limit: int = int(known[0]) if known else original(text)
        return limit


@FAULT("The limit is held to the maximum on the first page only.", "FH-LIST-04")
def the_maximum_is_not_held_behind_a_cursor(server: Server) -> None:
    _takes_any_limit(server)

    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        return original(owner, limit if cursor else min(limit, MAXIMUM_LIMIT), cursor)


@FAULT("A cursor counts the items that the limit asked for, not those of the page.", "FH-LIST-06")
def cursors_count_the_limit_that_was_asked_for(server: Server) -> None:
    _takes_any_limit(server)
    library = server.subject

    @server.replaces("page")
    def page(_: Any, owner: str, limit: int, cursor: str | None) -> Any:
        start = int(cursor) if cursor and cursor.isdecimal() else 0
        if cursor and not cursor.isdecimal():
            raise Refusal(400, "cursor cannot be decoded")
        shown = min(limit, MAXIMUM_LIMIT)
        rows, total = library.state.page(owner, start + shown, None)
        more = total > start + shown
        return {
            "items": [library.item(row) for row in rows[start:]],
            "total": total,
            "has_more": more,
            "next_cursor": str(start + limit) if more else None,
        }


@FAULT("has_more is false while a single item follows.", "FH-LIST-07")
def a_last_single_item_is_cut_off(server: Server) -> None:
    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        answer = original(owner, limit, cursor)
        following = answer["next_cursor"]
        if following and len(original(owner, 2, following)["items"]) == 1:
            return {**answer, "has_more": False, "next_cursor": None}
        return answer


@FAULT("A cursor that decodes as base64, but is no position, is ignored.", "FH-LIST-11")
def cursors_of_another_text_start_over(server: Server) -> None:
    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        try:
            return original(owner, limit, cursor)
        except Refusal:
            if not re.fullmatch("[A-Za-z0-9_=-]+", cursor or ""):
                raise
            return original(owner, limit, None)


@FAULT("A cursor that cannot be decoded is answered with 404.", "FH-LIST-11")
def unreadable_cursors_are_not_found(server: Server) -> None:
    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        try:
            return original(owner, limit, cursor)
        except Refusal:
            raise Refusal(404, "There is no such page") from None


@FAULT("A limit with an underscore, or in Arabic digits, is read but not bounded.", "FH-LIST-04")
def limits_in_other_digits_escape(server: Server) -> None:
    @server.replaces("page_size")
    def page_size(original: Any, text: str | None) -> int:
        digits = (text or "").replace("_", "")
        other = digits.isdecimal() and (digits != text or not digits.isascii())
        return int(digits) if other else int(original(text))
