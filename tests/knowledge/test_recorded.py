"""An event as JSON says the same as the event, without tokens and without queries of URLs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conformance.knowledge.callers import Callers
from conformance.knowledge.knowledge import Knowledge
from conformance.knowledge.place import signed_place_of
from conformance.knowledge.recorded import (
    RecordedCallers,
    RecordedReader,
    asked_as_json,
    bare,
    exchange_of,
    request_of,
    told_as_json,
)
from conformance.model.exchange import Exchange, Request, Response
from conformance.model.redaction import Redactor
from conformance.profiles.feedhive.reading import reader_of

if TYPE_CHECKING:
    from conformance.knowledge.event import Event

TOKEN = "tok_main_0123456789abcdef"
SIGNED = "https://s/b/a%20b.png?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=feed"
REDACTOR = Redactor([TOKEN])
AUTHORIZED = (("Authorization", f"Bearer {TOKEN}"),)
SOURCE = Knowledge(reader_of({"main": "https://h"}), Callers({"main": TOKEN}))


def recorded(request: Request, response: Response | None, **more: object) -> tuple[Event, Event]:
    """Return an event, and what is read of its lines."""
    event = SOURCE.begin(request, 1.0)
    SOURCE.read(event, Exchange(request, response, **more), 2.0)  # type: ignore[arg-type]
    lines = [asked_as_json(event, REDACTOR), told_as_json(event, REDACTOR)]
    text = json.dumps(lines)
    assert TOKEN not in text
    assert not REDACTOR.finds(text)
    asked, told = json.loads(text)
    again = Knowledge(RecordedReader(), RecordedCallers())
    read = again.begin(request_of(asked), 1.0)
    again.read(read, exchange_of(read.request, told), 2.0)
    return event, read


def answered(content: object, status: int = 200) -> Response:
    return Response(status, (), json.dumps(content).encode(), 0.1)


def test_what_was_asked_and_told_is_the_same() -> None:
    item = {"id": "m/1", "type": "image", "created_at": "now", "media_url": SIGNED, "mime_type": 7}
    data = {"items": [item], "total": 1, "has_more": False, "next_cursor": None}
    page = answered({"success": True, "data": data})
    request = Request("GET", "https://h/media?limit=5&cursor=x", AUTHORIZED, caller="main")

    event, read = recorded(request, page, retries=2, repeated=True, operation="list_media")

    assert (read.asked, read.caller, read.told.page) == (event.asked, "main", event.told.page)
    (was,), (view,) = event.told.views, read.told.views
    assert view._replace(media_url="") == was._replace(media_url="")
    assert signed_place_of(view.media_url) == signed_place_of(SIGNED)
    assert read.exchange is not None
    assert (read.exchange.retries, read.exchange.repeated, read.status) == (2, True, 200)
    assert (read.succeeded, read.retried, read.refused) == (True, True, False)


def test_an_opening_and_a_put_are_the_same() -> None:
    data = {"upload_id": "u1", "upload_url": SIGNED, "expires_at": None}
    sent = b'{"filename": "a\\u00e4.png", "content_type": ["x"]}'
    create = Request("POST", "https://h/media/uploads", AUTHORIZED, sent, "main")
    put = Request("PUT", SIGNED, (("Content-Type", "image/png"),), b"\x89PNG" * 5_000)

    event, read = recorded(create, answered({"success": True, "data": data}))
    _, stored = recorded(put, Response(200, (), b"", 0.1))

    assert event.told.opening is not None
    assert read.told.opening is not None
    assert read.told.opening.filename == event.told.opening.filename
    assert read.told.opening.content_type == ["x"]
    assert (stored.request.digest, stored.request.size) == (put.digest, put.size)
    assert stored.asked.place == signed_place_of(SIGNED)
    assert len(stored.request.body) < 20_000


@pytest.mark.parametrize(
    ("response", "refused"),
    [
        (answered({"success": False, "filler": "x" * 50_000, "data": None}), True),
        (answered({"success": True, "filler": "x" * 50_000, "data": {"a": 1}}), False),
        (answered({}, 404), True),
        (answered({}, 500), False),
        (None, False),
    ],
)
def test_a_refusal_stays_one_although_its_body_is_cut(
    response: Response | None, *, refused: bool
) -> None:
    request = Request("DELETE", "https://h/media/1", AUTHORIZED, caller="main")

    event, read = recorded(request, response, error=None if response else "reset")

    assert (event.refused, event.succeeded) == (read.refused, read.succeeded)
    assert read.refused is refused


def test_bare_urls_are_equal_where_the_urls_lead_to_one_place() -> None:
    other = SIGNED.replace("feed", "beef")
    plain = "https://cdn/file?id=1", "https://cdn/file?id=2"

    assert bare(SIGNED) == bare(other)
    assert "Signature" not in bare(SIGNED)
    assert bare(plain[0]) != bare(plain[1])
    assert "id=1" not in bare(plain[0])
    assert bare("https://cdn/file") == "https://cdn/file"
