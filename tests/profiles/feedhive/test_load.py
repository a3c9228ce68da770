"""The journey of a user: what it sends in which round, by an api that only writes it down."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.harness.crowd import Crowd
from conformance.judge.finding import Blocked
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive.load import Journeys, is_settled

HEADERS = (("Content-Type", "application/json"),)


def answered(status: int = 200, **data: object) -> Exchange:
    body = json.dumps({"success": status < 300, "data": data}).encode()
    return Exchange(Request("POST", "http://h/"), Response(status, HEADERS, body, 0.01))


class Server:
    """A library in a dictionary, as the api and the storage of a harness show it.

    `sent` holds the name and the caller of each request, `refuses` what is not granted.
    """

    def __init__(self, refuses: str = "") -> None:
        self.refuses = refuses
        self.sent: list[tuple[str, str | None]] = []
        self.sessions: dict[str, bool] = {}
        self.stored: set[str] = set()
        self.media: dict[str, str] = {}
        self.total_off = 0

    def _note(self, name: str, caller: str | None) -> None:
        self.sent.append((name, caller))

    def create_upload(self, *_: str, caller: str) -> Exchange:
        self._note("create", caller)
        if self.refuses == "create":
            return answered(400)
        upload_id = f"u{len(self.sessions)}"
        self.sessions[upload_id] = False
        return answered(201, upload_id=upload_id, upload_url=f"http://s/{upload_id}")

    def send_create(self, _: object, caller: str | None) -> Exchange:
        self._note("create wrongly", caller)
        return answered(401 if caller is None else 400)

    def put(self, url: str, body: bytes, _: str) -> Exchange:
        self._note("put", None)
        assert body
        self.stored.add(url.rpartition("/")[2])
        return answered(403 if self.refuses == "put" else 200)

    def complete_upload(self, upload_id: str, *, caller: str) -> Exchange:
        return self.send_complete(upload_id, caller=caller)

    def send_complete(self, upload_id: str, *, caller: str) -> Exchange:
        self._note("complete", caller)
        done = self.sessions[upload_id] or upload_id not in self.stored
        if done or self.refuses == "complete":
            return answered(409)
        self.sessions[upload_id] = True
        self.media[f"m-{upload_id}"] = caller
        return answered(id=f"m-{upload_id}")

    def get_media(self, media_id: str, *, caller: str, **_: bool) -> Exchange:
        self._note("get of another" if self.media.get(media_id) != caller else "get", caller)
        if self.media.get(media_id) != caller:
            return answered(404)
        return answered(id=media_id, media_url=f"http://s/{media_id}")

    def read(self, _: str) -> Exchange:
        self._note("read", None)
        return answered()

    def list_media(self, *, caller: str | None, **_: object) -> Exchange:
        self._note("list", caller)
        items = [{"id": one} for one, owner in self.media.items() if owner == caller]
        total = len(items) + self.total_off
        return answered(items=items, total=total, has_more=False, next_cursor=None)

    def delete_media(self, media_id: str, *, caller: str) -> Exchange:
        self._note("delete", caller)
        del self.media[media_id]
        return answered(id=media_id)


def journeys_at(server: Server) -> Journeys:
    harness: Any = SimpleNamespace(api=server, storage=server)
    return Journeys(harness, Crowd(lambda: 1))


def names(server: Server) -> list[str]:
    return [name for name, _ in server.sent]


def test_a_round_is_the_whole_lifecycle_and_a_user_keeps_few_media() -> None:
    server = Server()
    journey = journeys_at(server).of("user-3", 3)

    for _ in range(8):
        journey.round()

    sent = names(server)
    for name in ("create", "put", "complete", "get", "read", "list", "delete"):
        assert name in sent
    assert len(server.media) == 3  # as many as the third user keeps
    assert sent.count("delete") == 5
    assert set(server.media.values()) == {"user-3"}


def test_other_users_keep_nothing_and_so_delete_from_the_first_round_on() -> None:
    server = Server()

    journeys_at(server).of("main", 0).round()

    assert names(server)[-2:] == ["delete", "get of another"]  # it looks for what is gone
    assert server.media == {}


def test_some_rounds_complete_twice_and_some_before_the_file_is_there() -> None:
    completes = []
    for number in range(12):
        server = Server()
        journeys_at(server).of("main", number).round()
        sent = names(server)
        early = "complete" in sent[: sent.index("put")]
        completes.append((sent.count("complete") - early, early))

    assert [number for number, (_, early) in enumerate(completes) if early] == [1, 5, 9]
    assert [number for number, (times, _) in enumerate(completes) if times == 2] == [0, 3, 6, 9]


def test_each_wrong_request_is_asked_in_some_round() -> None:
    server = Server()
    journey = journeys_at(server).of("main", 0)

    for _ in range(10):
        journey.round()

    assert ("create wrongly", None) in server.sent
    assert ("create wrongly", "main") in server.sent
    assert ("list", None) in server.sent


def test_users_ask_for_the_media_of_another_caller_and_never_for_that_of_their_own() -> None:
    server = Server()
    journeys = journeys_at(server)
    one, other = journeys.of("main", 1), journeys.of("other", 2)

    one.round()
    before = len(server.sent)
    other.round()

    assert ("get of another", "other") in server.sent[before:]
    assert ("get of another", "main") not in server.sent


@pytest.mark.parametrize(
    ("refused", "row"),
    [("create", "FH-CREATE-0"), ("put", "FH-PUT-01"), ("complete", "FH-COMPLETE-01")],
)
def test_a_refusal_of_what_must_succeed_names_its_requirement(refused: str, row: str) -> None:
    journey = journeys_at(Server(refused)).of("main", 2)

    with pytest.raises(Blocked) as raised:
        journey.round()

    assert raised.value.violation is not None
    assert (raised.value.violation.requirement or "").startswith(row)


@pytest.mark.parametrize("unclear", [0, 1])
def test_two_completes_of_which_one_may_have_done_it_show_nothing(unclear: int) -> None:
    server = Server()
    answers = [answered(409), answered(500)]
    server.send_complete = lambda *_, **__: answers.pop(unclear and -1)  # type: ignore[method-assign]

    with pytest.raises(Blocked) as raised:
        journeys_at(server).of("main", 3).round()

    violation = raised.value.violation
    assert violation is not None
    assert violation.exchange is not None
    assert violation.exchange.status == 500  # a load counts it as no broken promise


@pytest.mark.parametrize(("off", "settled"), [(0, True), (1, False), (-1, False)])
def test_a_library_is_settled_if_its_total_is_the_number_of_its_items(
    off: int, *, settled: bool
) -> None:
    server = Server()
    server.media = {"m1": "main", "m2": "main", "m3": "other"}
    server.total_off = off
    harness: Any = SimpleNamespace(api=server)

    assert is_settled(harness, "main") is settled
