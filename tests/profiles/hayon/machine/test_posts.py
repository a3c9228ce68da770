"""The machine's posts: each update is judged, and one of an unknown post is not."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from conformance.harness.sequences import row_of
from conformance.judge.finding import Finding
from conformance.profiles.hayon.given import ACCEPTED_TYPES
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


class Careless(Server):
    """A server that removes the files of some posts."""

    def __init__(self, *removes: str) -> None:
        super().__init__()
        self.removes = removes
        self.posts: list[Items] = []

    def create_post(self, body: Mapping[str, Any], *, caller: str = "main") -> Exchange:
        """Refuse an item without a key, and the key of another caller."""
        items = body["content"]["mediaItems"]
        keys = [item["s3Key"] for item in items if "s3Key" in item]
        foreign = any(not key.startswith(f"posts/{caller}/") for key in keys)
        if len(keys) < len(items) or foreign:
            if ("foreign" if foreign else "broken") in self.removes:
                self._remove(items)
            return answer(400, {"success": False, "message": "mediaItems is not valid"})
        self.posts.append(items)
        return answer(201, {"data": {"id": f"p{len(self.posts)}"}})

    def update_post(self, post_id: str, body: Mapping[str, Any]) -> Exchange:
        """Put other items in the place of those of a post."""
        place = int(post_id.removeprefix("p")) - 1
        if "replaced" in self.removes:
            self._remove(self.posts[place])
        self.posts[place] = body["content"]["mediaItems"]
        return answer(200, {"data": {"id": post_id}})

    def _remove(self, items: Items) -> None:
        for item in items:
            self.objects.pop(item.get("s3Key", ""), None)


def after_posts(server: Careless, callers: tuple[str, ...] = ("main", "other")) -> Finding | None:
    """Return what the machine finds after posts that are refused, or share a file."""
    bound, _ = machine(server)
    bound.given.callers = callers
    sequence = bound()
    with suppress(Finding):
        for content_type in (*ACCEPTED_TYPES[:2], "image/webp", "video/mp4", "video/quicktime"):
            sequence.add(content_type, "main")
        png, jpeg, webp, *_ = sequence.files
        sequence.update_one_of_two(jpeg, png)
        sequence.publish_beside_a_broken_item(png)
        sequence.publish_as_another(webp)
        sequence.end()
    found: Finding | None = bound.log.result()
    return found


@pytest.mark.parametrize("removes", ["broken", "foreign", "replaced"])
def test_a_file_that_a_post_removes_is_missed(removes: str) -> None:
    assert row_of(after_posts(Careless(removes))) == "HY-LIFECYCLE-01"


def test_posts_that_leave_the_files_alone_break_nothing() -> None:
    server = Careless()

    assert after_posts(server) is None
    assert [item["mimeType"] for items in server.posts for item in items] == [
        "image/jpeg",
        "image/png",
    ]


def test_without_another_caller_no_foreign_post_is_made() -> None:
    assert after_posts(Careless("foreign"), ("main",)) is None
