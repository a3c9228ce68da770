"""An overlay changes what its targets select, by the Overlay Specification 1.0."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.model.overlay import overlaid
from conformance.problem import KitFault

DOCUMENT: dict[str, Any] = {
    "info": {"title": "Old", "version": "1"},
    "paths": {"/a/{id}": {"get": {"tags": ["x"]}, "put": {"tags": ["y"]}}},
    "tags": [{"name": "x"}, {"name": "y"}, {"name": "z"}],
    "x-note": {"it's": 1},
}


def changed(target: str, **action: Any) -> dict[str, Any]:
    return overlaid(DOCUMENT, {"actions": [{"target": target, **action}]})


def test_an_update_merges_objects_and_replaces_values() -> None:
    found = changed("$.info", update={"title": "New", "contact": {"name": "We"}})

    assert found["info"] == {"title": "New", "version": "1", "contact": {"name": "We"}}
    assert DOCUMENT["info"] == {"title": "Old", "version": "1"}


def test_the_root_can_be_updated() -> None:
    assert changed("$", update={"info": {"title": "New"}})["info"]["version"] == "1"


@pytest.mark.parametrize("update", [{"name": "w"}, [{"name": "w"}]])
def test_an_update_of_an_array_appends(update: Any) -> None:
    assert [one["name"] for one in changed("$.tags", update=update)["tags"]] == list("xyzw")


def test_an_array_within_an_update_is_joined_to_the_one_that_is_there() -> None:
    found = changed("$.paths['/a/{id}'].get", update={"tags": ["z"]})

    assert found["paths"]["/a/{id}"]["get"]["tags"] == ["x", "z"]


@pytest.mark.parametrize("target", ["$.paths.*.*", "$['paths'][*][*]", '$.paths["/a/{id}"].*'])
def test_a_wildcard_selects_every_member(target: str) -> None:
    found = changed(target, update={"deprecated": True})

    assert all(one["deprecated"] for one in found["paths"]["/a/{id}"].values())


def test_a_member_is_removed() -> None:
    assert "put" not in changed("$.paths['/a/{id}'].put", remove=True)["paths"]["/a/{id}"]
    assert changed('$["x-note"]["it\'s"]', remove=True)["x-note"] == {}


@pytest.mark.parametrize(
    ("target", "left"), [("$.tags[1]", "xz"), ("$.tags[*]", ""), ("$.tags[9]", "xyz")]
)
def test_elements_of_an_array_are_removed(target: str, left: str) -> None:
    assert [one["name"] for one in changed(target, remove=True)["tags"]] == list(left)


def test_actions_are_applied_in_their_order() -> None:
    actions = [
        {"target": "$.info.title", "remove": True},
        {"target": "$.info", "update": {"title": "New"}},
    ]

    assert overlaid(DOCUMENT, {"actions": actions})["info"]["title"] == "New"


@pytest.mark.parametrize("target", ["$.nothing", "$.info.title.deeper", "$.info[0]", "$.tags.x"])
def test_a_target_that_selects_nothing_changes_nothing(target: str) -> None:
    assert changed(target, remove=True) == DOCUMENT


@pytest.mark.parametrize(
    "target",
    [
        "",
        "info",
        "$info",
        "$..tags",
        "$.x-note",
        "$.tags[-1]",
        "$.tags[?@.name=='x']",
        "$.info.",
        "$['a",
    ],
)
def test_another_form_of_a_target_is_a_fault_of_the_kit(target: str) -> None:
    with pytest.raises(KitFault, match="not a supported JSONPath"):
        changed(target, remove=True)


@pytest.mark.parametrize(
    ("target", "update"), [("$.info", "text"), ("$.info", [1]), ("$.info.title", {"a": 1})]
)
def test_an_update_of_another_json_type_is_a_fault_of_the_kit(target: str, update: Any) -> None:
    with pytest.raises(KitFault, match="another JSON type"):
        changed(target, update=update)
