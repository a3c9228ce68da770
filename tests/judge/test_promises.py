"""Promises: a moment is held against every clock, and a keyword against its own requirement."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.judge.document import Document
from conformance.judge.promises import Promise, broken, with_keywords_apart
from conformance.model.exchange import Exchange, Request, Response

if TYPE_CHECKING:
    from conformance.judge.finding import Violation

NOON, ELEVEN = "Sun, 01 Mar 2026 12:00:00 GMT", "Sun, 01 Mar 2026 11:00:00 GMT"
CREATED = "2026-03-01T11:59:00Z"
SIGNED = "https://s3.example/b/a?X-Amz-Date=20260301T120000Z&X-Amz-Signature=1"
UNSIGNED = "https://cdn.example/a"


def judged(date: str, data: Any, pointer: str) -> Violation | None:
    headers = (("Date", date), ("Content-Type", "application/json"))
    body = json.dumps({"success": True, "data": data}).encode()
    exchange = Exchange(Request("GET", "https://h/media"), Response(200, headers, body, 0.1))
    return broken(Promise(pointer, None, "past", 900), exchange)


@pytest.mark.parametrize(
    ("date", "url", "kept"),
    [(NOON, UNSIGNED, True), (ELEVEN, SIGNED, True), (ELEVEN, UNSIGNED, False)],
    ids=["by Date", "by the signatures, where Date is a proxy's", "by no clock"],
)
def test_an_item_was_created_before_it_is_shown(date: str, url: str, *, kept: bool) -> None:
    item = {"media_url": url, "created_at": CREATED}

    alone = judged(date, item, "/data/created_at")
    listed = judged(date, {"items": [item], "total": 1}, "/data/items/*/created_at")

    assert (alone is None) is kept
    assert (listed is None) is kept


def test_a_keyword_with_its_own_requirement_is_judged_under_it_alone() -> None:
    told = {"requirement": "A-1", "description": "a greeting", "keywords": ["const"]}
    greeting = {"type": "string", "const": "Hi", "x-promises": [told, {"form": "uri"}]}
    schema = {"type": "object", "properties": {"text": greeting}, "required": ["text"]}
    response = {"content": {"application/json": {"schema": schema}}}
    document = Document({"paths": {}, "components": {}})

    apart = with_keywords_apart(response)

    assert greeting["const"] == "Hi"
    assert document.quickly_valid(document.schema(apart) or {}, {"text": "Bye"})
    assert not document.quickly_valid(document.schema(apart) or {}, {"text": 7})
    fits = {"description": "a greeting", "const": "Hi"}
    assert document.promised(apart) == (
        Promise("/text", "A-1", "fits", fits),
        Promise("/text", None, "form", "uri"),
    )


@pytest.mark.parametrize(("query", "kept"), [("limit=0", True), ("limit=05", False), ("", False)])
def test_a_promise_may_exempt_a_query(query: str, *, kept: bool) -> None:
    response = Response(200, (), b'{"number": 1}', 0.01)
    exchange = Exchange(Request("GET", f"http://h/media?{query}"), response)
    promise = Promise("/number", "A-1", "fits", {"minimum": 2}, unless_query="limit=0")

    assert (broken(promise, exchange) is None) is kept
