"""Judgements of one answer carry the question that a script can ask again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.judge import expect
from conformance.judge.finding import Violation
from conformance.model.exchange import Exchange, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable


def answer(status: int, body: object = None) -> Exchange:
    response = Response(status, (), json.dumps(body).encode(), 0.1)
    return Exchange(Request("GET", "http://h/x"), response)


@pytest.mark.parametrize(
    ("judgement", "check"),
    [
        (lambda: expect.refused(answer(200)), {"statuses": [[400, 499]]}),
        (lambda: expect.success(answer(404)), {"statuses": [[200, 299]]}),
        (lambda: expect.not_a_server_error(answer(500)), {"statuses": [[100, 499]]}),
        (lambda: expect.status(answer(500), [401, 403]), {"statuses": [[401, 401], [403, 403]]}),
        (
            lambda: expect.success(answer(200, {"success": 1})),
            {"member": ["success"], "schema": {"const": True}},
        ),
        (
            lambda: expect.text(answer(200, {"data": {}}), "data", "id"),
            {"member": ["data", "id"], "schema": {"type": "string", "minLength": 1}},
        ),
        (
            lambda: expect.equal("image", "gif", "`data.type`", answer(200)),
            {"member": ["data", "type"], "schema": {"const": "gif"}},
        ),
        (lambda: expect.equal(1, 2, "how often it is listed", answer(200)), None),
        (lambda: expect.answered(Exchange(Request("GET", "http://h"))), {"statuses": [[100, 599]]}),
    ],
)
def test_a_violation_says_how_to_ask_again(
    judgement: Callable[[], Any], check: dict[str, Any] | None
) -> None:
    with pytest.raises(Violation) as found:
        judgement()

    assert found.value.check == check


@pytest.mark.parametrize(
    "body", [{"success": False}, {"success": False, "message": "No", "data": None}]
)
def test_a_success_status_that_says_no_is_a_refusal_with_the_wrong_status(body: Any) -> None:
    exchange = answer(200, body)

    expect.refused(exchange)
    with pytest.raises(Violation, match="a success"):
        expect.success(exchange)
    with pytest.raises(Violation, match="an error status"):
        expect.error_status(exchange)


@pytest.mark.parametrize("body", [{"success": False, "data": {"id": "m"}}, {"success": "false"}])
def test_what_gives_data_or_says_no_otherwise_is_no_refusal(body: Any) -> None:
    with pytest.raises(Violation, match="a refusal"):
        expect.refused(answer(200, body))
    with pytest.raises(Violation, match="`success` to be true"):
        expect.success(answer(200, body))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "missing or null"),
        (True, "true"),
        ("é", '"é"'),
        (["a"], '["a"]'),
        (("a", None), '["a", null]'),
        ({1}, "{1}"),
    ],
)
def test_a_failure_shows_a_value_as_its_json(value: object, text: str) -> None:
    assert expect.shown(value) == text


def test_a_value_that_must_be_null_is_named_null() -> None:
    with pytest.raises(Violation) as found:
        expect.equal("x", None, "`data.next_cursor`", answer(200))

    assert (found.value.expected, found.value.actual) == (
        "`data.next_cursor` to be null",
        'it is "x"',
    )


def test_an_absolute_url_is_returned() -> None:
    exchange = answer(200, {"data": {"url": "https://h/k?a=1"}})

    assert expect.url(exchange, "data", "url") == "https://h/k?a=1"


@pytest.mark.parametrize("url", ["/k", "http://[::1/k", "http://h:99999/k", "http://h/\ufffd", 7])
def test_a_url_that_cannot_be_requested_is_a_violation(url: object) -> None:
    with pytest.raises(Violation, match=r"`data\.url` to be"):
        expect.url(answer(200, {"data": {"url": url}}), "data", "url")
