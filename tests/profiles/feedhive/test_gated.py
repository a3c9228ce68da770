"""What the cases of the storage gate conclude: server, gate and bucket are played."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.harness.storage_gate import CUT_ANSWER
from conformance.judge.finding import Blocked, NotApplicable, Violation
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive import gated
from conformance.profiles.feedhive.gated import Gated

if TYPE_CHECKING:
    from collections.abc import Iterator

MEDIA: Any = SimpleNamespace(id="med_1")


def answer(status: int, text: str = '{"success": true, "data": {"id": "med_1"}}') -> Exchange:
    return Exchange(
        Request("GET", "http://h/media/med_1"), Response(status, (), text.encode(), 0.1)
    )


class World:
    """A server whose delete removes the record at a moment, and a gate that holds or fails it."""

    def __init__(self, *, gone: str, held: bool = True, bytes_stay: bool = True) -> None:
        self.gone = gone  # "first", "last" or "never"
        self.held = held
        self.removed = threading.Event()
        self.released = threading.Event()
        self.bytes_stay = bytes_stay
        self.items: list[dict[str, Any]] = []

    # The operations of the server.

    def delete_media(self, _: str) -> Exchange:
        if self.gone == "first":
            self.removed.set()
        if self.held:
            self.released.wait(10)
        if self.gone == "last":
            self.removed.set()
        return answer(200)

    def get_media(self, _: str, *, at_once: bool) -> Exchange:
        assert at_once
        return answer(404 if self.removed.is_set() else 200)

    def list_media(self, **_: Any) -> Exchange:
        return answer(200)

    # The gate and the bucket.

    @contextmanager
    def order(self, *_: Any) -> Iterator[Any]:
        yield SimpleNamespace(caught=lambda *_: int(self.held), end=self.released.set)

    def find(self, key: str) -> Any:
        return SimpleNamespace(key=key) if self.bytes_stay else None

    def behind(self, url: Any) -> Any:
        return self.find(url.path)


def steps(world: World, monkeypatch: pytest.MonkeyPatch) -> Gated:
    monkeypatch.setattr(gated, "_REPLICA_S", 0.1)
    monkeypatch.setattr(gated, "_ORDER_BOUND_S", 0.1)
    monkeypatch.setattr(gated, "_LOOK_S", 0.02)
    monkeypatch.setattr("conformance.profiles.feedhive.observe.met", lambda *_: True)
    page = SimpleNamespace(items=world.items)
    monkeypatch.setattr(gated, "page_of", lambda _: page)
    gate = SimpleNamespace(
        holding_deletes=world.order, failing_deletes=world.order, is_used=lambda: None
    )
    harness: Any = SimpleNamespace(gate=gate, bucket=world, journal_objects=lambda *_: None)
    api: Any = world
    return Gated(api, harness)


BACKED: Any = SimpleNamespace(media=MEDIA, objects=(SimpleNamespace(key="k"),), urls=())


def test_a_record_that_is_gone_while_the_delete_is_held_went_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert steps(World(gone="first"), monkeypatch).record_when_objects_go(BACKED) is None


def test_a_record_that_is_still_there_while_the_delete_is_held_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = steps(World(gone="last"), monkeypatch).record_when_objects_go(BACKED)

    assert shown is not None
    assert shown.status == 200


def test_objects_that_a_queue_removes_later_prove_the_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(gone="first", held=False)

    assert steps(world, monkeypatch).record_when_objects_go(BACKED) is None


def test_objects_that_go_another_way_prove_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(gone="first", held=False, bytes_stay=False)

    with pytest.raises(NotApplicable, match="in a way that the gate cannot see"):
        steps(world, monkeypatch).record_when_objects_go(BACKED)


def test_a_server_that_answers_nothing_while_it_deletes_proves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(gone="last")
    monkeypatch.setattr(world, "get_media", lambda *_, **__: answer(503))

    with pytest.raises(Blocked, match="answered no request while its delete was held"):
        steps(world, monkeypatch).record_when_objects_go(BACKED)


@pytest.mark.parametrize(
    ("world", "wrong"),
    [
        (World(gone="first", held=True), ""),
        (World(gone="never", bytes_stay=False), "its object is gone"),
        (World(gone="never"), "it is still fetched"),
    ],
    ids=["record first", "bare record", "kept after a success"],
)
def test_a_failed_delete_leaves_no_record_without_bytes(
    monkeypatch: pytest.MonkeyPatch, world: World, wrong: str
) -> None:
    world.released.set()  # the storage fails, and holds nothing
    if not wrong:
        assert steps(world, monkeypatch).deleted_while(CUT_ANSWER, BACKED, BACKED.objects)
        return
    with pytest.raises(Violation, match=wrong):
        steps(world, monkeypatch).deleted_while(CUT_ANSWER, BACKED, BACKED.objects)


def item(number: int, thumbnail: str) -> dict[str, Any]:
    return {
        "id": f"med_{number}",
        "media_url": f"http://s/b/{number}.png?X-Amz-Signature=a",
        "thumbnail_url": f"http://s/b/{thumbnail}",
    }


def test_only_the_objects_of_the_item_itself_are_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(gone="first")
    world.items = [item(1, "t1.png"), item(2, "t2.png")]
    backed = steps(world, monkeypatch).backed(MEDIA)
    assert [one.key for one in backed.objects] == ["/b/1.png", "/b/t1.png"]
    assert [one.key for one in backed.thumbnails] == ["/b/t1.png"]

    world.items = [item(1, "all.png"), item(2, "all.png")]
    assert len(steps(world, monkeypatch).backed(MEDIA).objects) == 1

    world.items = [item(1, "t1.png")]
    assert len(steps(world, monkeypatch).backed(MEDIA).objects) == 1

    world.items = [item(1, "t1.png"), {**item(2, "t2.png"), "media_url": item(1, "")["media_url"]}]
    with pytest.raises(NotApplicable, match="only this item's"):
        steps(world, monkeypatch).backed(MEDIA)
