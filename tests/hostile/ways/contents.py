"""Targets whose answers are well formed, and whose values are not what a client can use."""

from __future__ import annotations

import json
import random
from functools import cache
from itertools import count
from typing import Any

from tests.hostile.way import Visit, changing, json_way, way
from tests.hostile.wire import Answer

_PAD = "x" * 100 * 1024
_NUMBERS = count(1)
_ITEM = {
    "type": "image",
    "mime_type": "image/png",
    "media_url": "http://127.0.0.1:1/a",
    "thumbnail_url": None,
    "created_at": "2026-01-01T00:00:00Z",
}


def _data(value: Any) -> dict[str, Any]:
    found = value.get("data") if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _upload_url(does: str, name: str, make: Any) -> None:
    def change(value: Any, visit: Visit) -> Any:
        data = _data(value)
        if "upload_url" in data:
            data["upload_url"] = make(data["upload_url"], visit)
        return value

    change.__name__ = name
    json_way(f"hands out an upload_url {does}")(change)


_upload_url("of one MiB", "upload_url_of_1_mib", lambda url, _: url + "&pad=" + "x" * 1_048_576)
_upload_url("that is a file", "upload_url_file", lambda _, __: "file:///etc/passwd")
_upload_url("that is relative", "upload_url_relative", lambda _, __: "../upload?X-Amz-Signature=1")
_upload_url("that is JavaScript", "upload_url_javascript", lambda _, __: "javascript:alert(1)")
_upload_url(
    "at a metadata address",
    "upload_url_metadata",
    lambda _, __: "http://169.254.169.254/latest/api/token?X-Amz-Signature=1",
)
_upload_url(
    "at a closed port",
    "upload_url_closed_port",
    lambda _, __: "http://127.0.0.1:1/x?X-Amz-Signature=1",
)
_upload_url(
    "at the port 99999",
    "upload_url_port_99999",
    lambda _, __: "http://127.0.0.1:99999/x?X-Amz-Signature=1",
)
_upload_url(
    "with a line break and a header",
    "upload_url_with_header",
    lambda url, _: url + "\r\nX-Injected: 1\r\n\r\nGET / HTTP/1.1\r\n",
)
_upload_url(
    "with a name and a password",
    "upload_url_with_password",
    lambda url, _: url.replace("://", "://user:secret@", 1),
)
_upload_url(
    "on its own origin, which takes no PUT",
    "upload_url_own_origin",
    lambda _, visit: f"{visit.base}/media?X-Amz-Signature=1",
)
_upload_url("that is a number", "upload_url_number", lambda _, __: 42)
_upload_url(
    "at a host of 300 labels",
    "upload_url_long_host",
    lambda _, __: f"http://{'a.' * 300}test/x?X-Amz-Signature=1",
)


@way("makes each id 100 KiB long, and knows it again", left=True)
async def ids_of_100_kib(visit: Visit) -> None:
    visit.asked.target = visit.asked.target.replace(_PAD, "")
    answer = await visit.answer()
    value = answer.json
    if value is not None:
        answer = answer.with_json(_padded(value))
    await visit.reply(answer)


def _padded(node: Any) -> Any:
    if isinstance(node, list):
        return [_padded(each) for each in node]
    if isinstance(node, dict):
        ids = {"id", "upload_id"}
        return {
            name: each + _PAD if name in ids and isinstance(each, str) else _padded(each)
            for name, each in node.items()
        }
    return node


@cache
def _page_of_100000() -> bytes:
    items = [{"id": f"med_{number}", **_ITEM} for number in range(100_000)]
    page = {"items": items, "total": 100_000, "has_more": False, "next_cursor": None}
    return json.dumps({"success": True, "data": page}).encode()


@way("lists 100,000 items whatever the limit is")
async def list_of_100000(visit: Visit) -> None:
    answer = await visit.answer()
    if visit.asked.operation == "list" and answer.status < 300:
        answer.body = _page_of_100000()
    await visit.reply(answer)


@json_way("lists 5,000 items whatever the limit is")
def list_of_5000(value: Any, visit: Visit) -> Any:
    if visit.asked.operation == "list" and "items" in (page := _data(value)):
        page["items"] += [{"id": f"med_{number}", **_ITEM} for number in range(5_000)]
    return value


@json_way("always has one more page")
def endless_pages(value: Any, visit: Visit) -> Any:
    if visit.asked.operation == "list" and "items" in (page := _data(value)):
        page["has_more"] = True
        page["next_cursor"] = f"cursor-{next(_NUMBERS)}"
    return value


@json_way("shows the same page at each cursor")
def same_page(value: Any, visit: Visit) -> Any:
    if visit.asked.operation == "list" and "items" in (page := _data(value)):
        page["has_more"], page["next_cursor"] = True, "same"
    return value


@json_way("hands out one upload_id for all sessions", left=True)
def one_upload_id(value: Any, _: Visit) -> Any:
    data = _data(value)
    if "upload_id" in data:
        data["upload_id"] = "upl_always"
    return value


@json_way("answers each complete with the id of a media that is not the caller's", left=True)
def foreign_ids(value: Any, visit: Visit) -> Any:
    if visit.asked.operation == "complete" and "id" in _data(value):
        value["data"]["id"] = "med_of_somebody_else"
    return value


@way("turns each value of its JSON into one of another type", left=True)
async def wrong_types(visit: Visit) -> None:
    await changing(lambda value, _: _other(value))(visit)


def _other(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _other(value) for name, value in node.items()}
    kinds: list[Any] = [None, True, -1, 1e300, "", [], {}, [[]], {"id": {}}]
    return random.choice(kinds)


@way("echoes the caller's token in each body and header")
async def echoes_secrets(visit: Visit) -> None:
    answer = await visit.answer()
    value, secret = answer.json, visit.asked.header("authorization")
    if isinstance(value, dict):
        answer = answer.with_json({**value, "echo": secret, "error": f"for {secret}: no"})
    answer.headers = [*answer.headers, ("X-Echo", secret), ("X-Auth", secret.rpartition(" ")[2])]
    await visit.reply(answer)


@way("refuses the token after 60 requests", left=True)
async def token_expires(visit: Visit) -> None:
    if visit.asked.number > 60:
        await visit.reply(Answer(401, b'{"error":"expired"}'))
    else:
        await visit.correctly()


@way("answers 200 to everything that the correct server refuses")
async def refuses_nothing(visit: Visit) -> None:
    answer = await visit.answer()
    if answer.status >= 400:
        answer.status = 200
    await visit.reply(answer)


# No answer tells what its own request made.
@way("mixes up its answers: each request gets the answer of the one before", left=True)
async def answers_of_others(visit: Visit) -> None:
    answer = await visit.answer()
    before, _BEFORE[visit.base] = _BEFORE.get(visit.base, Answer()), answer
    await visit.reply(before)


_BEFORE: dict[str, Answer] = {}


@way("sends one MiB of text in each error")
async def long_errors(visit: Visit) -> None:
    answer = await visit.answer()
    if answer.status >= 400:
        answer.body = json.dumps({"error": "no " * 350_000}).encode()
    await visit.reply(answer)


@way("dates each answer into the year 9999, or into none")
async def odd_dates(visit: Visit) -> None:
    answer = await visit.answer()
    date = random.choice(["Fri, 31 Dec 9999 23:59:59 GMT", "yesterday", "", "0" * 5_000])
    kept = [(name, value) for name, value in answer.headers if name.lower() != "date"]
    answer.headers = [*kept, ("Date", date)]
    await visit.reply(answer)


@json_way("announces moments that no calendar has")
def odd_moments(value: Any, _: Visit) -> Any:
    data = _data(value)
    for name in ("expires_at", "created_at"):
        if name in data:
            data[name] = random.choice(["9999-12-31T23:59:59+23:59", "0000-00-00", "1" * 10_000])
    return value
