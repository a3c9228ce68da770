"""Faults of answers that a client can hardly read: text, numbers and URLs in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.servers.feedhive.registry import FAULT
from conformance.servers.raw import (
    LONE,
    UNWRITTEN,
    change_text,
    change_to_literal,
    change_to_lone_surrogates,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Answer, Server

_CREATE, _COMPLETE, _LIST = "create_upload", "complete_upload", "list_media"
_GET, _DELETE = "get_media", "delete_media"
_DIGITS = "9" * 5_000


def _lone(
    name: str, requirement: str, sentence: str, operation: str, change: Callable[[Answer], Any]
) -> None:
    def apply(server: Server) -> None:
        change_to_lone_surrogates(server, operation, change)

    FAULT.add(name, sentence, apply, requirement)


def _append(member: str) -> Callable[[Answer], Any]:
    return lambda answer: answer.data.update({member: f"{answer.data[member]}{LONE}"})


def _each_item(member: str) -> Callable[[Answer], Any]:
    def changed(answer: Answer) -> None:
        for item in answer.data["items"]:
            item[member] = f"{item[member]}{LONE}"

    return changed


_lone(
    "upload-ids-have-a-lone-surrogate",
    "FH-CREATE-SCHEMA",
    "upload_id ends with a lone surrogate.",
    _CREATE,
    _append("upload_id"),
)
_lone(
    "expires-at-has-a-lone-surrogate",
    "FH-CREATE-12",
    "expires_at ends with a lone surrogate.",
    _CREATE,
    _append("expires_at"),
)
_lone(
    "completed-ids-have-a-lone-surrogate",
    "FH-COMPLETE-SCHEMA",
    "The id in the answer of complete ends with a lone surrogate.",
    _COMPLETE,
    _append("id"),
)
_lone(
    "listed-ids-have-a-lone-surrogate",
    "FH-LIST-SCHEMA",
    "The ids in the list end with a lone surrogate.",
    _LIST,
    _each_item("id"),
)
_lone(
    "listed-urls-have-a-lone-surrogate",
    "FH-LIST-SCHEMA-REF",
    "Each media_url in the list ends with a lone surrogate.",
    _LIST,
    _each_item("media_url"),
)
_lone(
    "cursors-have-a-lone-surrogate",
    "FH-LIST-08",
    "next_cursor ends with a lone surrogate.",
    _LIST,
    lambda answer: answer.data["next_cursor"] and _append("next_cursor")(answer),
)
_lone(
    "fetched-ids-have-a-lone-surrogate",
    "FH-GET-01",
    "The id in the answer of get ends with a lone surrogate.",
    _GET,
    _append("id"),
)
_lone(
    "media-url-has-a-lone-surrogate",
    "FH-GET-14",
    "media_url in the answer of get has a lone surrogate in its path.",
    _GET,
    lambda answer: answer.data.update(
        media_url=answer.data["media_url"].replace("?", f"{LONE}?", 1)
    ),
)
_lone(
    "mime-types-have-a-lone-surrogate",
    "FH-GET-15",
    "mime_type in the answer of get ends with a lone surrogate.",
    _GET,
    _append("mime_type"),
)
_lone(
    "deleted-ids-have-a-lone-surrogate",
    "FH-DELETE-01",
    "The id in the answer of delete ends with a lone surrogate.",
    _DELETE,
    _append("id"),
)


def _total(name: str, requirement: str, sentence: str, literal: str) -> None:
    def apply(server: Server) -> None:
        def unwritten(answer: Answer) -> None:
            answer.data["total"] = UNWRITTEN

        change_to_literal(server, _LIST, unwritten, literal)

    FAULT.add(name, sentence, apply, requirement)


_total("total-is-1e400", "FH-LIST-09", "The total is the number 1e400.", "1e400")
_total("total-is-minus-1e400", "FH-LIST-09", "The total is the number -1e400.", "-1e400")
_total("total-has-5000-digits", "FH-LIST-09", "The total is a number of 5,000 digits.", _DIGITS)
_total("total-is-nan", "FH-LIST-01", "The total is NaN, which is not JSON.", "NaN")
_total("total-is-infinity", "FH-LIST-01", "The total is Infinity, which is not JSON.", "Infinity")
_total(
    "total-is-deeply-nested",
    "FH-LIST-01",
    "The total is an array of 100,000 nested arrays.",
    "[" * 100_000 + "]" * 100_000,
)


def _texts(
    name: str, requirement: str, sentence: str, operation: str, change: Callable[[str], str]
) -> None:
    def apply(server: Server) -> None:
        change_text(server, (operation,), change)

    FAULT.add(name, sentence, apply, requirement)


_texts(
    "upload-id-is-given-twice",
    "FH-CREATE-SCHEMA",
    "The answer of create has upload_id twice, first with another value.",
    _CREATE,
    lambda text: text.replace('"upload_id":', '"upload_id":"upl_other","upload_id":', 1),
)
_texts(
    "completed-id-is-given-twice",
    "FH-COMPLETE-SCHEMA",
    "The answer of complete has id twice, first with another value.",
    _COMPLETE,
    lambda text: text.replace('"id":', '"id":"med_other","id":', 1),
)
_texts(
    "total-is-given-twice",
    "FH-LIST-SCHEMA",
    "The list has total twice, first with another value.",
    _LIST,
    lambda text: text.replace('"total":', '"total":0,"total":', 1),
)
_texts(
    "type-is-given-twice",
    "FH-GET-SCHEMA",
    "The answer of get has type twice, first with another value.",
    _GET,
    lambda text: text.replace('"type":', '"type":"file","type":', 1),
)
_texts(
    "deleted-id-is-given-twice",
    "FH-DELETE-SCHEMA",
    "The answer of delete has id twice, first with another value.",
    _DELETE,
    lambda text: text.replace('"id":', '"id":"med_other","id":', 1),
)


_created = FAULT.rewriting(_CREATE)
_fetched = FAULT.rewriting(_GET)

_created(
    "expires-at-is-at-the-end-of-time",
    "FH-CREATE-13",
    "expires_at is in the last hour of the year 9999, west of Greenwich.",
    lambda answer: answer.data.update(expires_at="9999-12-31T23:59:59.999-11:00"),
)
_created(
    "expires-at-is-at-the-start-of-time",
    "FH-CREATE-13",
    "expires_at is in the first hour of the year 1, east of Greenwich.",
    lambda answer: answer.data.update(expires_at="0001-01-01T00:00:00+14:00"),
)
_created(
    "expires-at-has-no-such-day",
    "FH-CREATE-12",
    "expires_at is on a 31 February.",
    lambda answer: answer.data.update(expires_at="2032-02-31T12:00:00Z"),
)


def _media_url(name: str, sentence: str, authority: str) -> None:
    def changed(answer: Answer) -> None:
        scheme, _, rest = answer.data["media_url"].partition("://")
        answer.data["media_url"] = f"{scheme}://{authority}/{rest.partition('/')[2]}"

    _fetched(name, "FH-GET-14", sentence, changed)


@FAULT("The host of thumbnail_url is an unclosed address.", "FH-GET-SCHEMA-REF")
def thumbnail_url_has_a_broken_host(server: Server) -> None:
    @server.replaces("item")
    def item(original: Any, row: Any) -> Any:
        answer = original(row)
        if answer["thumbnail_url"] is not None:
            answer["thumbnail_url"] = "http://[::1/thumbnail.png"
        return answer


_media_url("media-url-has-a-broken-host", "The host of media_url is an unclosed address.", "[::1")
_media_url("media-url-has-a-port-of-words", "The port of media_url is a word.", "127.0.0.1:port")
_media_url("media-url-has-too-high-a-port", "The port of media_url is 99999.", "127.0.0.1:99999")
