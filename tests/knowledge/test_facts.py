"""Facts: how the views of media items are kept."""

from __future__ import annotations

from conformance.knowledge.facts import views_of


def test_the_same_item_of_two_lists_is_kept_once() -> None:
    item = {"id": f"m{1}", "type": "image"}
    (first,), (second,) = views_of([item]), views_of([{"id": f"m{1}", "type": "image"}])

    assert first is second
    assert (first.id, first.type, first.media_url) == ("m1", "image", None)


def test_values_that_are_equal_and_not_the_same_stay_as_they_were_written() -> None:
    values: list[object] = [1, True, 1.0, [], {}]
    views = [views_of([{"id": value}])[0].id for value in values]

    assert [type(value) for value in views] == [int, bool, float, list, dict]
