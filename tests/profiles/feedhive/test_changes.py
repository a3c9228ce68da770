"""What changes a library is noted, however its request was written."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from conformance.harness.completions import Completions
from conformance.harness.transcript import Transcript
from conformance.judge.finding import Blocked
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive.api import Api
from conformance.profiles.feedhive.changes import Changes
from conformance.profiles.feedhive.stale_reads import StaleReads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MEDIA = "med_1"


class Books:
    """Notes the names of what is called, and says how a request was answered."""

    def __init__(self) -> None:
        self.said: list[str] = []

    @contextmanager
    def making_room(self, caller: str | None) -> Iterator[Callable[[Exchange], None]]:
        self.said.append(f"makes room for {caller}")
        yield lambda _: None

    def __getattr__(self, name: str) -> Callable[..., bool]:
        def say(*_: object, **__: object) -> bool:
            self.said.append(name)
            return False

        return say


@contextmanager
def creating() -> Iterator[Callable[[bool], None]]:
    yield lambda _: None


def api_of(status: int = 200) -> tuple[Api, Books, Completions, list[bool]]:
    """Return an api, what it noted, and whether a complete was under way at each request."""
    books, unknown = Books(), list[bool]()
    completions = Completions(Transcript("run"), bound_s=0.0)
    body = json.dumps({"success": status < 300, "data": {"id": MEDIA}}).encode()
    headers = (("Content-Type", "application/json"),)

    def send(*_: Any, **__: Any) -> Exchange:
        unknown.append(bool(completions._under_way))
        return Exchange(Request("POST", "http://h/"), Response(status, headers, body, 0.0))

    harness: Any = SimpleNamespace(
        bounds=SimpleNamespace(creating=creating), completions=completions
    )
    api = cast("Any", Api.__new__(Api))
    api._base_url, api._client = "http://h", SimpleNamespace(send=send, send_request=send)
    api.changes = Changes(harness, *(cast("Any", books),) * 4)
    return api, books, completions, unknown


def usual(api: Api) -> None:
    api.send_create({}, "main")
    api.send_complete("upl_1")
    api.delete_media(MEDIA)


def written_otherwise(api: Api) -> None:
    for method, path, operation in (
        ("POST", "/media/uploads", "create_upload"),
        ("POST", "/media/uploads/upl%5F1/complete", "complete_upload"),
        ("DELETE", "/media/med%5F1", "delete_media"),
    ):
        api.send_generated(Request(method, f"http://h{path}"), operation)


@pytest.mark.parametrize("way", [usual, written_otherwise])
def test_every_way_to_send_a_change_notes_the_same(way: Callable[[Api], None]) -> None:
    api, books, completions, under_way = api_of()

    way(api)

    assert books.said == [
        *("session", "opened"),
        *("begin_complete", "makes room for main", "end_complete", "completed"),
        *("completed", "freed"),
        *("may_delete", "is_deleted", "makes room for main", "deleted", "removed"),
        *("keep", "freed"),
    ]
    assert completions.of_outsiders({MEDIA, "med_2"}) == {"med_2"}
    assert under_way == [False, True, False]


@pytest.mark.parametrize("way", [usual, written_otherwise])
def test_a_refused_change_frees_nothing(way: Callable[[Api], None]) -> None:
    api, books, completions, _ = api_of(404)

    way(api)

    assert not {"completed", "deleted", "removed", "keep", "freed"} & set(books.said)
    assert completions.of_outsiders({MEDIA}) == {MEDIA}


def test_a_delete_that_comes_too_late_meets_no_new_item_of_its_id() -> None:
    completions, books, reads = Completions(Transcript("run"), bound_s=5), Books(), StaleReads()
    harness: Any = SimpleNamespace(completions=completions, bounds=None)
    changes = Changes(harness, *(cast("Any", books),) * 3, reads)
    answer = Exchange(Request("DELETE", "http://h/"), Response(200, (), b"{}", 0.0))
    changes.delete("7", "main", lambda: answer)
    under_way, sent = threading.Event(), list[str]()

    def complete() -> None:
        with completions.under_way():
            under_way.set()
            time.sleep(0.1)  # the late delete begins meanwhile
            reads.completed("7", "main", "upl_of_another_case")

    def send(who: str) -> Exchange:
        sent.append(who)
        return answer

    other = threading.Thread(target=complete)
    other.start()
    assert under_way.wait(5)

    with pytest.raises(Blocked, match="gave the id"):
        changes.delete("7", "main", lambda: send("late"))
    other.join(5)

    assert sent == []
    assert changes.delete("7", "main", lambda: send("its own")) is answer
    assert sent == ["its own"]
