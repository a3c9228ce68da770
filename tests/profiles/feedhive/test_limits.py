"""A server that limits open sessions gets them completed; a lost complete is found by its bytes."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from conformance.harness.quota import LEAST, ServerLimit
from conformance.harness.transcript import Transcript
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive.limits import Limits
from conformance.profiles.feedhive.lost_answers import found_media
from conformance.profiles.feedhive.spare import Spare
from conformance.profiles.feedhive.upload import Upload

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.profiles.feedhive.api import Api


def answer(
    status: int, data: object = None, operation: str = "create_upload", body: object = None
) -> Exchange:
    content = json.dumps(
        {"success": status < 400, "data": data, "message": "You have 12 open uploads"}
    ).encode()
    request = Request("POST", "http://h/x", (), json.dumps(body).encode(), "main")
    return Exchange(request, Response(status, (), content, 0.0), operation=operation)


class Server:
    """A server with so many places for open sessions; it is its own harness, api and storage."""

    instance = "main"

    def __init__(self, places: int, *, waiting: bool = False) -> None:
        self.places = places
        self.open: set[str] = set()
        self.deleted: list[str] = []
        self.created = 0
        self.transcript = Transcript("run")
        self.provenance = SimpleNamespace(aside=lambda _: waiting)
        self.client = SimpleNamespace(known_limits=[])
        self.ledger = SimpleNamespace(count=lambda *_: self.created)
        self.storage = SimpleNamespace(put=lambda *_: answer(200))
        self.spare = Spare(cast("Harness", self))
        self.limits = Limits(cast("Harness", self), self)

    def recorded(self, exchange: Exchange) -> Exchange:
        return self.transcript.opened(exchange.request)(exchange)

    def send_create(self, content: object, caller: str | None) -> Exchange:
        assert caller == "main"
        if len(self.open) >= self.places:
            return self.recorded(answer(403, body=content))
        self.created += 1
        session = f"upl_{self.created}"
        self.open.add(session)
        found = answer(201, {"upload_id": session, "upload_url": "http://h/put"}, body=content)
        self.spare.opened(found)
        return self.recorded(found)

    def send_complete(self, upload_id: str, *, caller: str | None) -> Exchange:
        assert caller == "main"
        self.open.remove(upload_id)
        self.limits.freed("main")
        completed = answer(200, {"id": f"med_{upload_id}"}, "complete_upload")
        self.spare.completed(upload_id, completed)
        return self.recorded(completed)

    def delete_media(self, media_id: str, *, caller: str | None) -> Exchange:
        assert caller == "main"
        self.deleted.append(media_id)
        self.spare.keep(media_id)
        self.limits.freed("main")
        return answer(200)

    def create(self) -> Exchange:
        body = {"filename": "a.png", "content_type": "image/png"}
        return self.limits.on_create(lambda: self.send_create(body, "main"), "main")


PLACES = LEAST + 2


def test_the_open_sessions_of_earlier_cases_are_finished_when_a_limit_is_met() -> None:
    server = Server(PLACES)
    for case in range(PLACES * 3):
        server.transcript.begin(f"case {case}")
        assert server.create().status == 201

    assert len(server.open) <= PLACES
    assert len(server.deleted) == PLACES * 2


@pytest.mark.parametrize("waiting", [False, True])
def test_sessions_that_are_needed_stay_open(waiting: bool) -> None:  # noqa: FBT001 - a row of the table
    server = Server(PLACES, waiting=waiting)
    for _ in range(PLACES):
        server.create()
    if waiting:
        server.transcript.begin("another case")

    with pytest.raises(ServerLimit, match=f"after {PLACES} successes of create_upload"):
        server.create()

    assert len(server.open) == PLACES
    assert not server.deleted


def test_a_session_that_all_cases_need_stays_open() -> None:
    server = Server(PLACES)
    server.create()
    server.spare.keep("upl_1")
    server.transcript.begin("another case")

    assert not server.spare.free(server, "main")
    assert server.open == {"upl_1"}


def test_the_media_of_earlier_cases_are_deleted_when_a_limit_is_met() -> None:
    server = Server(PLACES)
    for case in ("shared", "earlier", "running"):
        server.transcript.begin(case)
        server.create()
        server.send_complete(f"upl_{server.created}", caller="main")
    server.spare.keep("med_upl_1")

    assert server.spare.free(server, "main")
    assert not server.spare.free(server, "main")

    assert server.deleted == ["med_upl_2"]


class Library:
    """A library with two items that nobody journalled, and the files behind them."""

    def __init__(self) -> None:
        self.adopted: list[tuple[str, str, str]] = []

    def list_media(self, **_: Any) -> Exchange:
        items = [{"id": name, "media_url": f"http://h/{name}"} for name in ("foreign", "ours")]
        data = {"items": items, "total": 2, "has_more": False, "next_cursor": None}
        return answer(200, data, "list_media")

    def made(self, _: str) -> bool:
        return False

    def adopt(self, media_id: str, upload_id: str, caller: str) -> None:
        self.adopted.append((media_id, upload_id, caller))

    def read(self, url: str) -> Exchange:
        return Exchange(Request("GET", url), Response(200, (), url.encode(), 0.0))


@pytest.mark.parametrize("media_id", ["ours", None])
def test_the_media_of_a_lost_answer_is_the_one_with_its_bytes(media_id: str | None) -> None:
    library = Library()
    body = f"http://h/{media_id}".encode()
    upload = Upload("upl_1", "", "image/png", "a.png", None, answer(201), "other", body)

    found = found_media(cast("Api", library), cast("Storage", library), upload)

    assert found == media_id
    assert library.adopted == ([("ours", "upl_1", "other")] if media_id else [])
