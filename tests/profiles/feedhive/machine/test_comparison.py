"""The comparisons of the machine can fail: each difference names its requirement."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive.library import Page, page_of
from conformance.profiles.feedhive.machine import comparison, effects
from conformance.profiles.feedhive.machine.comparison import Step
from conformance.profiles.feedhive.machine.model import Found, Item, Model, Session, digest
from conformance.profiles.feedhive.machine.observation import Library
from conformance.profiles.feedhive.upload import Upload

READ = Step("look", "main")


def answer(data: Any) -> Exchange:
    body = json.dumps({"success": True, "data": data}).encode()
    return Exchange(Request("GET", "http://127.0.0.1/media"), Response(200, (), body, 0.01))


def page(*shown: dict[str, Any], total: int, more: bool = False) -> Page:
    cursor = "c" if more else None
    data = {"items": list(shown), "total": total, "has_more": more, "next_cursor": cursor}
    return page_of(answer(data))


def item(media_id: str, **members: Any) -> dict[str, Any]:
    return {"id": media_id, "type": "image", **members}


def made(model: Model, media_id: str, caller: str = "main", body: bytes = b"") -> Item:
    url = f"http://127.0.0.1:9000/bucket/{media_id}?X-Amz-Signature=1"
    upload = Upload(f"upl_{media_id}", url, "image/png", "a.png", None, answer({}), caller)
    session = Session(upload)
    model.sessions.append(session)
    model.sent(session, body or media_id.encode())
    return model.completed(session, media_id)


@pytest.fixture
def model() -> Model:
    found = Model({"main": Found({"old"}, 1), "other": Found(set(), 0)})
    made(found, "a")
    made(found, "b")
    made(found, "c", "other")
    return found


def rows(model: Model, *shown: dict[str, Any], total: int, step: Step = READ, **how: bool) -> Any:
    seen = Library("main", [page(*shown, total=total)])
    company = how.get("company", False)
    return [one.requirement for one in comparison.of_library(model, seen, step, company=company)]


def test_more_behind_the_whole_library_is_a_difference(model: Model) -> None:
    whole = page(item("b"), item("a"), item("old"), total=3, more=True)
    part = page(item("b"), item("a"), total=3, more=True)

    def found(*pages: Page, company: bool = False) -> list[str]:
        seen = Library("main", list(pages))
        return [
            one.requirement for one in comparison.of_library(model, seen, READ, company=company)
        ]

    assert found(whole) == ["FH-LIST-07"]
    assert found(whole, company=True) == []
    assert found(part) == []


def test_a_library_as_the_model_says_has_no_difference(model: Model) -> None:
    assert rows(model, item("b"), item("a"), item("old"), total=3) == []


@pytest.mark.parametrize(
    ("effect", "requirement"),
    [
        (effects.READ, "FH-LIFECYCLE-01"),
        (effects.DELETE, "FH-DELETE-08"),
        (effects.refusal("FH-COMPLETE-08"), "FH-COMPLETE-08"),
    ],
)
def test_a_lost_item_breaks_what_the_step_breaks(
    model: Model, effect: effects.Effects, requirement: str
) -> None:
    found = rows(model, item("b"), item("old"), total=3, step=Step("x", "main", effect))

    assert found == [requirement]


def test_an_item_that_the_other_caller_lost_us_breaks_the_interleaving(model: Model) -> None:
    step = Step("delete", "other", effects.DELETE)

    assert rows(model, item("b"), item("old"), total=3, step=step) == ["FH-LIFECYCLE-03"]


def test_an_item_of_this_step_is_not_lost_but_not_listed(model: Model) -> None:
    step = Step("complete", "main", effects.COMPLETE, frozenset({"a"}))

    assert rows(model, item("b"), item("old"), total=3, step=step) == ["FH-COMPLETE-03"]


def test_an_item_that_another_one_of_its_burst_cost_is_lost(model: Model) -> None:
    step = Step("burst", "main", effects.COMPLETE, frozenset({"a", "b"}))

    assert rows(model, item("b"), item("old"), total=3, step=step) == ["FH-LIFECYCLE-01"]


@pytest.mark.parametrize(
    ("effect", "requirement"),
    [
        (effects.CREATE, "FH-LIFECYCLE-02"),
        (effects.refusal("FH-COMPLETE-10"), "FH-COMPLETE-10"),
    ],
)
def test_an_item_that_nobody_made_breaks_what_the_step_breaks(
    model: Model, effect: effects.Effects, requirement: str
) -> None:
    shown = [item("new"), item("b"), item("a"), item("old")]

    assert rows(model, *shown, total=3, step=Step("x", "main", effect)) == [requirement]


def test_an_unknown_item_may_be_of_another_client_unless_it_has_our_object(model: Model) -> None:
    ours = item("new", media_url="http://127.0.0.1:9000/bucket/a?X-Amz-Signature=2")
    seen = Library("main", [page(ours, item("x"), item("b"), item("a"), item("old"), total=3)])

    alone = list(comparison.of_library(model, seen, READ, company=False))
    crowded = list(comparison.of_library(model, seen, READ, company=True))

    assert [one.others for one in alone] == [False, True]
    assert [one.others for one in crowded] == [False]


def test_a_deleted_item_in_the_list_is_a_difference(model: Model) -> None:
    model.deleted(model.items[0])

    assert rows(model, item("b"), item("a"), item("old"), total=2) == ["FH-DELETE-03"]


def test_an_item_of_the_other_caller_is_a_difference(model: Model) -> None:
    shown = [item("c"), item("b"), item("a"), item("old")]

    assert rows(model, *shown, total=3) == ["FH-LIST-17"]


def test_an_item_twice_on_a_page_is_a_difference(model: Model) -> None:
    assert rows(model, item("b"), item("b"), item("a"), item("old"), total=3) == ["FH-COMPLETE-03"]


@pytest.mark.parametrize(
    ("step", "requirement"),
    [
        (Step("x", "main", effects.DELETE), "FH-DELETE-04"),
        (Step("x", "main", effects.COMPLETE), "FH-LIST-09"),
        (Step("x", "other", effects.COMPLETE), "FH-LIST-18"),
    ],
)
def test_a_wrong_total_breaks_what_the_step_breaks(
    model: Model, step: Step, requirement: str
) -> None:
    assert rows(model, item("b"), item("a"), item("old"), total=4, step=step) == [requirement]


def test_items_of_others_may_have_gone_since_the_beginning(model: Model) -> None:
    assert rows(model, item("b"), item("a"), total=2) == []
    assert rows(model, item("b"), item("a"), total=3) == ["FH-LIST-09"]


def test_with_other_clients_the_total_has_a_lower_bound_only(model: Model) -> None:
    shown = [item("b"), item("a"), item("old")]

    assert rows(model, *shown, total=90, company=True) == []
    assert rows(model, *shown, total=1, company=True) == ["FH-LIST-09"]


def test_a_wrong_type_in_the_list_is_a_difference(model: Model) -> None:
    shown = [item("b") | {"type": "video"}, item("a"), item("old")]

    assert rows(model, *shown, total=3) == ["FH-LIST-15"]


def test_items_that_come_from_old_to_new_are_out_of_order(model: Model) -> None:
    old, new = "2031-01-01T00:00:00Z", "2031-01-02T00:00:00Z"

    def disorder(first: str, second: str) -> object:
        shown = [item("b", created_at=first), item("a", created_at=second)]
        return comparison.out_of_order(model, Library("main", [page(*shown, total=3)]))

    assert disorder(new, old) is None
    assert disorder(old, new) is not None


def bucket(model: Model, objects: dict[str, str]) -> list[str]:
    step = Step("x", "main", effects.DELETE)
    return [one.requirement for one in comparison.of_bucket(model, objects, step)]


def test_an_object_that_is_gone_empty_or_of_another_upload_is_a_difference(model: Model) -> None:
    model.items[0].objects["key"] = digest(b"a")
    model.items[0].file_key = "key"

    assert bucket(model, {"key": digest(b"a")}) == []
    assert bucket(model, {}) == ["FH-DELETE-09"]
    assert bucket(model, {"key": digest(b"")}) == ["FH-DELETE-09"]
    assert bucket(model, {"key": digest(b"b")}) == ["FH-DELETE-09"]


def test_an_object_that_was_packed_anew_or_never_seen_is_no_difference(model: Model) -> None:
    model.items[0].objects.update({"key": digest(b"a"), "unseen": ""})

    assert bucket(model, {"key": digest(b"packed")}) == []
