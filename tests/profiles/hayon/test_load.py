"""The journey of a user of Hayon: what it sends, by an api that only writes it down."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.harness.crowd import Crowd
from conformance.judge.finding import Blocked
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.hayon.load import Journeys, is_settled

HEADERS = (("Content-Type", "application/json"),)


def answered(status: int = 200, **data: object) -> Exchange:
    body = json.dumps({"success": status < 300, "message": "ok", "data": data}).encode()
    return Exchange(Request("POST", "http://h/"), Response(status, HEADERS, body, 0.01))


class Server:
    """Files in a dictionary, as the api and the storage of a harness show them."""

    def __init__(self, *, mixes_up: bool = False) -> None:
        self.sent: list[tuple[str, str | None]] = []
        self.files: dict[str, tuple[bytes, str]] = {}
        self.mixes_up = mixes_up

    def create_media_upload(
        self, content_type: object = None, *, caller: str | None, body: object = None
    ) -> Exchange:
        wrong = caller is None or body is not None or content_type == "text/plain"
        self.sent.append(("ask wrongly" if wrong else "ask", caller))
        if wrong:
            return answered(400)
        url = f"http://s/k{len(self.sent)}"
        return answered(uploadUrl=url, s3Url=url, s3Key=url.rpartition("/")[2])

    def put(self, url: str, body: bytes, content_type: str) -> Exchange:
        self.sent.append(("put", None))
        self.files[url] = body, content_type
        return answered()

    def read(self, url: str) -> Exchange:
        self.sent.append(("read", None))
        first = next(iter(self.files))
        body, content_type = self.files[first if self.mixes_up else url]
        response = Response(200, (("Content-Type", content_type),), body, 0.01)
        return Exchange(Request("GET", url), response)

    def create_post(self, _: object, *, caller: str) -> Exchange:
        self.sent.append(("post", caller))
        return answered(id="p1")


def journey_at(server: Server, *claimed: str, number: int = 0) -> Any:
    target = SimpleNamespace(claimed=frozenset(claimed))
    harness: Any = SimpleNamespace(api=server, storage=server, target=target)
    return Journeys(harness, Crowd(lambda: 1)).of("user-3", number)


def names(server: Server) -> list[str]:
    return [name for name, _ in server.sent]


def test_a_round_asks_stores_and_reads_and_reads_an_older_file_again() -> None:
    server = Server()
    journey = journey_at(server, number=3)

    journey.round()
    journey.round()

    assert names(server)[:4] == ["ask", "put", "read", "read"]
    assert names(server).count("ask wrongly") == 1
    assert {caller for name, caller in server.sent if name == "ask"} == {"user-3"}
    assert "post" not in names(server)


def test_few_rounds_post_and_only_where_the_server_has_posts() -> None:
    server = Server()
    journey = journey_at(server, "posts")

    for _ in range(11):
        journey.round()

    assert server.sent.count(("post", "user-3")) == 2


def test_the_file_of_another_upload_names_its_requirement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("conformance.profiles.hayon.public._PAUSES_S", ())
    server = Server(mixes_up=True)
    journey = journey_at(server, number=3)
    journey.round()

    with pytest.raises(Blocked) as raised:
        journey.round()

    assert raised.value.violation is not None
    assert raised.value.violation.requirement == "HY-PUBLIC-01"
    assert "another upload" in raised.value.violation.actual


def test_nothing_shows_what_a_caller_has() -> None:
    server: Any = None

    assert is_settled(server, "main")
