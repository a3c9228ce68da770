"""Faults of GET /media: the list, its limit and its items."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import other_caller
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Answer, Server

_LIST = "list_media"


_rewrites = FAULT.rewriting(_LIST)


def _limits(
    name: str, requirement: str, sentence: str, size: Callable[[str | None], int | None]
) -> None:
    def apply(server: Server) -> None:
        @server.replaces("page_size")
        def page_size(original: Any, text: str | None) -> int:
            wanted = size(text)
            limit: int = original(text) if wanted is None else wanted
            return limit

    FAULT.add(name, sentence, apply, requirement)


_rewrites(
    "list-answers-a-bare-array",
    "FH-LIST-01",
    "The data member is the array of items.",
    lambda answer: answer.body.update(data=answer.data["items"]),
)
_rewrites(
    "list-lacks-the-total",
    "FH-LIST-01",
    "The list has no total.",
    lambda answer: answer.data.pop("total"),
)
_rewrites(
    "total-is-a-text",
    "FH-LIST-01",
    "The total is a string.",
    lambda answer: answer.data.update(total=str(answer.data["total"])),
)
_rewrites(
    "has-more-is-a-number",
    "FH-LIST-01",
    "has_more is 0 or 1.",
    lambda answer: answer.data.update(has_more=int(answer.data["has_more"])),
)

_limits(
    "default-page-of-ten",
    "FH-LIST-02",
    "The default limit is 10.",
    lambda text: 10 if text is None else None,
)
_limits(
    "default-page-of-a-hundred",
    "FH-LIST-02",
    "The default limit is 100.",
    lambda text: 100 if text is None else None,
)
for _words, _pattern, _base in (
    ("signed", r"\+[0-9]+", 10),
    ("trailing-blank", "[0-9]+ ", 10),
    ("hexadecimal", "0x[0-9A-Fa-f]+", 16),
    ("leading-zero", "0[0-9]+", 10),
):
    _limits(
        f"{_words}-limits-escape-the-maximum",
        "FH-LIST-04",
        f"A limit that matches {_pattern} is not held to the maximum.",
        lambda text, pattern=_pattern, base=_base: (  # type: ignore[misc]
            int(text, base) if re.fullmatch(pattern, text or "") else None
        ),
    )
_limits(
    "decimal-limits-escape-the-maximum",
    "FH-LIST-04",
    "A limit such as 200.0 is not held to the maximum.",
    lambda text: int(float(text)) if text and re.fullmatch(r"[0-9]+\.0", text) else None,
)
_limits(
    "limit-is-ignored",
    "FH-LIST-03",
    "The server ignores the limit.",
    lambda text: None if text is None or not text.isdecimal() else 20,
)
_limits(
    "limit-is-one-short",
    "FH-LIST-03",
    "A page has one item less than the limit.",
    lambda text: int(text) - 1 if text in {"2", "7", "20", "99", "100"} else None,
)
_limits(
    "limit-stops-at-fifty",
    "FH-LIST-03",
    "A page never has more than 50 items.",
    lambda text: 50 if text and text.isdecimal() and 50 < int(text) <= 100 else None,
)
_limits(
    "no-maximum",
    "FH-LIST-04",
    "A limit above 100 returns more than 100 items.",
    lambda text: int(text) if text and text.isdecimal() and 100 < int(text) < 10**6 else None,
)
_limits(
    "limit-zero-gives-all",
    "FH-LIST-04",
    "A limit of 0 returns all items.",
    lambda text: 10_000 if text == "0" else None,
)
_limits(
    "limit-of-101-passes",
    "FH-LIST-04",
    "The maximum of the limit is 101.",
    lambda text: 101 if text == "101" else None,
)
_limits(
    "negative-limit-gives-all",
    "FH-LIST-04",
    "A negative limit returns all items.",
    lambda text: 10_000 if text and text.startswith("-") else None,
)


def _items(name: str, requirement: str, sentence: str, change: Callable[[Any], Any]) -> None:
    def apply(server: Server) -> None:
        @server.answers(_LIST)
        def changed(answer: Answer) -> None:
            for item in answer.data["items"]:
                change(item)

    FAULT.add(name, sentence, apply, requirement)


_items(
    "listed-gifs-are-images",
    "FH-LIST-15",
    "The list says that a gif is an image.",
    lambda item: item.update(type="image" if item["type"] == "gif" else item["type"]),
)
_items(
    "listed-type-is-octet-stream",
    "FH-LIST-16",
    "Items in the list have another mime_type than in a get.",
    lambda item: item.update(mime_type="application/octet-stream"),
)
_items(
    "listed-moments-lose-a-day",
    "FH-LIST-16",
    "Items in the list have another created_at than in a get.",
    lambda item: item.update(created_at="2020" + item["created_at"][4:]),
)
_items(
    "listed-ids-are-numbers",
    "FH-LIST-SCHEMA",
    "The ids of videos are numbers in the list.",
    lambda item: item.update(id=7) if item["type"] == "video" else None,
)
_items(
    "listed-items-lack-media-url",
    "FH-LIST-SCHEMA-REF",
    "Items in the list have no media_url.",
    lambda item: item.pop("media_url"),
)


@FAULT("The list contains the items of all callers.", "FH-LIST-17")
def list_shows_everybody(server: Server) -> None:
    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        answer = original(owner, limit, cursor)
        other = other_caller(owner)
        if cursor is None and len(answer["items"]) < limit:
            room = limit - len(answer["items"])
            answer["items"] += original(other, room, None)["items"]
        return answer


@FAULT("The list begins with the newest item of the other caller.", "FH-LIST-17")
def list_shows_one_foreign_item(server: Server) -> None:
    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        answer = original(owner, limit, cursor)
        other = other_caller(owner)
        if cursor is None and limit >= 100:
            answer["items"] = [*original(other, 1, None)["items"], *answer["items"]][:limit]
        return answer


@FAULT("The total counts the items of all callers.", "FH-LIST-18")
def total_counts_everybody(server: Server) -> None:
    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        answer = original(owner, limit, cursor)
        other = other_caller(owner)
        return {**answer, "total": answer["total"] + original(other, 1, None)["total"]}
