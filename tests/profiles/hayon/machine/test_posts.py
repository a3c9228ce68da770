"""The machine's posts: each update is judged, and one of an unknown post is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.profiles.hayon.machine.fake import Server, answer, machine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.model.exchange import Exchange

    Items = list[dict[str, str]]


class Posts(Server):
    """A server with one post; a test changes what its updates show."""

    def __init__(self, shown: Callable[[Items, Items], Items] = lambda _, now: now) -> None:
        super().__init__()
        self.items: Items = []
        self.updates = 0
        self._shown = shown

    def create_post(self, body: Mapping[str, Any]) -> Exchange:
        """Show the media items as they were sent."""
        self.items = body["content"]["mediaItems"]
        return self._answer()

    def update_post(self, post_id: str, body: Mapping[str, Any]) -> Exchange:
        """Refuse an unknown post; else show the items that the test wants."""
        if post_id != "p1":
            return answer(404, {"success": False, "message": "Post not found"})
        self.updates += 1
        self.items = self._shown(self.items, body["content"]["mediaItems"])
        return self._answer()

    def _answer(self) -> Exchange:
        return answer(200, {"data": {"id": "p1", "content": {"mediaItems": self.items}}})


def published(server: Posts) -> list[str | None]:
    """Publish two pictures, update the post twice, and return the rows that break."""
    bound, noticed = machine(server)
    sequence = bound()
    for content_type in ("image/jpeg", "image/webp", "image/png"):
        sequence.add(content_type, "main")
    jpeg, webp, png = sequence.files
    sequence.publish([jpeg, webp], [webp, jpeg], [png])
    sequence.update_an_unknown_post(png)
    return [violation.requirement for violation in noticed]


def test_a_post_that_shows_what_was_sent_breaks_nothing() -> None:
    server = Posts()

    assert published(server) == []
    assert server.updates == 2


@pytest.mark.parametrize(
    "shown",
    [lambda was, now: now + was[len(now) :], lambda was, now: now if len(now) > 1 else was],
    ids=["merged by their place", "those of the first update"],
)
def test_an_update_that_shows_other_items_is_noticed(
    shown: Callable[[Items, Items], Items],
) -> None:
    assert published(Posts(shown)) == ["HY-POST-02"]
