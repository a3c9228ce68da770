"""Each mutation does to a body what its kind says, and changes nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.servers.mutated import UNCHANGED, Memory, Mutation, Remembered, changed, places

LIST = {
    "data": {
        "items": [{"id": "one", "type": "gif"}, {"id": "two", "type": "gif"}, {"id": "three"}],
        "total": 3,
        "more": False,
        "cursor": None,
        "url": "https://store.example/a/b.png?sig=1",
        "at": "2031-05-04T09:31:12.000Z",
        "name": "",
    }
}


def mutated(pointer: str, kind: str, *earlier: Remembered, body: Any = LIST, **more: Any) -> Any:
    """Return what a mutation makes of a body, asked for by `main` as request `now`."""
    memory = Memory()
    for one in earlier:
        memory.add(one)
    mutation = Mutation("m", "list", "body", pointer, kind, **more)
    return changed(mutation, Remembered("main", "now", body), memory)


def data(pointer: str, kind: str, *earlier: Remembered, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = mutated(pointer, kind, *earlier, **more)["data"]
    return found


def total(number: int, *, caller: str = "main", request: str = "now") -> Remembered:
    return Remembered(caller, request, {"data": {"total": number}})


@pytest.mark.parametrize(
    ("member", "kind", "value"),
    [
        ("total", "null", None),
        ("total", "type", "3"),
        ("total", "near", 4),
        ("more", "type", "false"),
        ("more", "near", True),
        ("cursor", "type", 0),
        ("url", "empty", ""),
        ("url", "type", ["https://store.example/a/b.png?sig=1"]),
        ("url", "near", "https://store.example/a/b.pnx?sig=1"),
        ("at", "near", "2031-05-04T10:31:12+00:00"),
        ("at", "rewritten", "2031-05-04T11:31:12+02:00"),
        ("items", "empty", []),
    ],
)
def test_a_member_gets_a_wrong_value(member: str, kind: str, value: object) -> None:
    assert data(f"/data/{member}", kind) == {**LIST["data"], member: value}


def test_a_value_can_be_set() -> None:
    assert data("/data/total", "odd", to=-1)["total"] == -1


@pytest.mark.parametrize(
    ("member", "kind"),
    [
        ("cursor", "null"),
        ("cursor", "near"),
        ("name", "empty"),
        ("total", "empty"),
        ("total", "other"),
        ("total", "stale"),
        ("total", "earlier"),
        ("url", "rewritten"),
        ("unknown", "absent"),
    ],
)
def test_a_mutation_that_has_nothing_to_change_says_so(member: str, kind: str) -> None:
    assert mutated(f"/data/{member}", kind) is UNCHANGED


def test_a_member_can_be_absent() -> None:
    assert "total" not in data("/data/total", "absent")


def test_an_object_can_have_a_member_that_nobody_knows() -> None:
    assert set(data("/data", "extra")) == {*LIST["data"], "x_more"}


def test_the_whole_body_can_be_of_another_type() -> None:
    assert mutated("", "type") == [LIST]


def test_a_star_means_each_element() -> None:
    items = data("/data/items/*/type", "absent")["items"]

    assert items == [{"id": "one"}, {"id": "two"}, {"id": "three"}]
    assert places(LIST, "/data/items/*/type") == [
        ("data", "items", 0, "type"),
        ("data", "items", 1, "type"),
    ]


def test_all_elements_can_be_absent() -> None:
    assert data("/data/items/*", "absent")["items"] == []


def test_one_element_among_many_is_changed() -> None:
    items = data("/data/items/*/id", "near", one_item=True)["items"]

    assert [item["id"] for item in items] == ["one", "twx", "three"]


def test_an_only_element_is_not_one_among_many() -> None:
    body = {"data": {"items": [{"id": "one"}]}}

    assert mutated("/data/items/*/id", "near", body=body, one_item=True) is UNCHANGED


def test_only_the_items_of_a_type_are_changed() -> None:
    only = {"in": "item", "at": "/id", "is": "two"}

    items = data("/data/items/*/type", "set", to="video", only=only)["items"]

    assert [item.get("type") for item in items] == ["gif", "video", None]


def test_an_item_outside_an_array_is_the_data() -> None:
    only = {"in": "item", "at": "/total", "is": 4}

    assert mutated("/data/more", "near", only=only) is UNCHANGED


def test_another_items_value_comes_from_the_same_answer_first() -> None:
    items = data("/data/items/*/id", "other")["items"]

    assert [item["id"] for item in items] == ["two", "one", "one"]


def test_another_items_value_comes_from_the_callers_last_answer_to_another_request() -> None:
    known = total(7, request="b"), total(8, request="c"), total(9, caller="other", request="d")

    assert data("/data/total", "other", *known)["total"] == 8


def test_a_stale_value_is_the_last_different_one_of_the_same_request() -> None:
    known = total(1), total(2), total(3), total(8, request="c")

    assert data("/data/total", "stale", *known)["total"] == 2


def test_an_earlier_answers_value_is_that_of_the_very_first() -> None:
    known = total(1, request="a"), *(total(2) for _ in range(100))

    assert data("/data/total", "earlier", *known)["total"] == 1


def test_the_original_body_stays_as_it_was() -> None:
    body = {"data": {"total": 1}}

    mutated("/data/total", "near", body=body)

    assert body == {"data": {"total": 1}}
