"""What the model keeps: sessions that stay open, what touched them, and whose bytes are whose."""

from __future__ import annotations

import pytest

from conformance.model.exchange import Exchange, Request
from conformance.profiles.feedhive.machine import walks
from conformance.profiles.feedhive.machine.model import (
    Item,
    Model,
    Session,
    Stored,
    Touch,
    digest,
    middle_first,
)
from conformance.profiles.feedhive.upload import Upload


def opened(model: Model, name: str = "a.png", caller: str = "main") -> Session:
    exchange = Exchange(Request("POST", "http://127.0.0.1/media/uploads"))
    upload = Upload(f"upl_{len(model.sessions)}", "", "image/png", name, None, exchange, caller)
    session = Session(upload)
    model.sessions.append(session)
    return session


def test_a_complete_touches_the_open_sessions_of_its_filename() -> None:
    model = Model()
    first, namesake, other = opened(model), opened(model), opened(model, "b.png")

    model.completed(first, "m")

    assert namesake.touched == [Touch.NAMESAKE]
    assert other.touched == []


def test_a_delete_touches_the_open_sessions_of_its_caller() -> None:
    model = Model()
    first, own, foreign = opened(model), opened(model, "b"), opened(model, "c", "other")
    item = model.completed(first, "m")

    model.deleted(item)

    assert own.touched == [Touch.DELETE]
    assert foreign.touched == []
    assert model.live() == []
    assert model.dead() == [item]


@pytest.mark.parametrize("stored", [Stored.EMPTY, Stored.FOREIGN])
def test_a_session_with_a_wrong_object_is_not_open(stored: Stored) -> None:
    model = Model()
    session = opened(model)
    session.stored = stored

    assert model.open_sessions() == []


def test_bytes_of_another_upload_are_told_from_bytes_that_nobody_sent() -> None:
    model = Model()
    first, second = opened(model), opened(model)
    model.sent(first, b"first")
    model.sent(second, b"second")
    item = model.completed(first, "m")

    assert model.belongs_elsewhere(item, digest(b"second"))
    assert not model.belongs_elsewhere(item, digest(b"first"))
    assert not model.belongs_elsewhere(item, digest(b"packed again"))


def test_a_placeholder_of_two_items_is_no_object_of_their_own() -> None:
    model = Model()
    items = [model.completed(opened(model), name) for name in "ab"]
    for item in items:
        item.objects.update({item.id: "", "placeholder": ""})
        item.file_key = item.id

    assert model.own_objects(items[0]) == {"a"}


def test_the_thumbnail_of_the_only_item_of_a_type_may_be_a_placeholder() -> None:
    model = Model()
    item, other = (model.completed(opened(model), name) for name in "ab")
    item.objects.update({"a": "", "thumbnail": ""})
    item.file_key = "a"

    assert model.own_objects(item) == {"a"}

    other.objects.update({"b": "", "another": ""})
    other.file_key = "b"

    assert model.own_objects(item) == {"a", "thumbnail"}


def test_items_are_deleted_from_the_middle() -> None:
    items = [Item(name, opened(Model())) for name in "abcde"]

    assert [item.id for item in middle_first(items)] == ["c", "d", "b", "e", "a"]


@pytest.mark.parametrize("count", range(2, 40))
def test_a_walk_has_limits_around_the_number_of_items(count: int) -> None:
    found = walks.limits(count)

    assert found[0] == count
    assert {count - 1, count + 1} <= set(found) | {0}
    assert all(count / limit <= 9 or limit == 1 for limit in found)
    assert any(limit <= count - 2 for limit in found) or count < 3


def test_a_large_library_is_not_walked_at_small_limits() -> None:
    assert walks.limits(5_000) == []
