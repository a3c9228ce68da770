"""Posts that use media: made, read, changed and looked for in the list (capability `posts`)."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from conformance.harness.bounds import sleep
from conformance.harness.once import Once
from conformance.judge import expect
from conformance.judge.finding import Blocked, Violation, precondition
from conformance.profiles.feedhive.library import LISTED_WITHIN_S, MAXIMUM_LIMIT
from conformance.profiles.feedhive.media_id import is_of_one_thing
from conformance.profiles.feedhive.post_id import post_id_in
from conformance.profiles.feedhive.upload import RESULTING_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.upload import Media

ACCEPTED = "FH-COMPLETE-15"
SHOWN = "FH-POST-01"
FETCHED = "FH-POST-05"
UPDATED = "FH-POST-06"
DELETED = "FH-POST-07"
GONE = "FH-POST-08"

NEW, UPDATE = "a new post", "an update"
#: The two requests that take the ids of media.
WAYS = (NEW, UPDATE)

#: The media types of posts, in their order.
KINDS = {
    "one picture": ["image/png"],
    "one gif": ["image/gif"],
    "one film": ["video/mp4"],
    "picture gif and film": ["image/jpeg", "image/gif", "video/quicktime"],
    "film and picture": ["video/mov", "image/jpg"],
}
#: In which order three media, oldest first, are sent.
ORDERS = {
    "oldest first": (0, 1, 2),
    "newest first": (2, 1, 0),
    "mixed": (1, 2, 0),
    "mixed again": (2, 0, 1),
}
_UNAUTHORIZED = 401
_LOOK_S = 0.2
# So many pages of the list of posts are read at most; a new post is on the first ones.
_PAGES_BOUND = 10


@dataclass(frozen=True)
class Post:
    """A post that a case made: its id, its text and its media, in order."""

    id: str
    text: str
    media: tuple[Media, ...]
    exchange: Exchange


class Posts:
    """The arrangements and looks of the cases about posts.

    `notice` keeps a violation of another requirement that an answer shows besides.
    """

    def __init__(self, api: Api, given: Given, notice: Callable[[Violation], None]) -> None:
        self.api = api
        self._given = given
        self._notice = notice
        self._working: Post | None = None
        self._once = Once()
        self._patient = True

    def samples(self, types: list[str]) -> list[Media]:
        """Return the shared media item of each type."""
        return [self._given.shared.sample(content_type) for content_type in types]

    def sent(self, *media: Media, **fields: object) -> Exchange:
        """Send a new post with a text of its own; the answer may be anything."""
        return self.api.create_post({"text": unique_text(), "media": ids_of(media), **fields})

    def made(self, *media: Media) -> Post:
        """Return a new post; `Blocked` when the server does not accept it or gives no id."""
        text = unique_text()
        exchange = self.sent(*media, text=text)
        with precondition(ACCEPTED):
            expect.accepted(exchange)
        with precondition(SHOWN):
            post = Post(id_of(exchange), text, media, exchange)
        self._noticed(SHOWN, lambda: shows_media(exchange, media))
        return post

    def working(self) -> Post:
        """Show once that posts work; return the post, which other cases may have changed."""
        with self._once.making("working"):
            if self._working is None:
                self._working = self.made(self._given.shared.sample())
                self.fetched(self._working)
            return self._working

    def fetched(self, post: Post) -> Exchange:
        """Return the answer that shows a post as it was made; `Blocked` otherwise."""
        exchange = self.api.get_post(post.id)
        with precondition(FETCHED):
            shows(exchange, post)
        return exchange

    def stays(self, post: Post) -> None:
        """Judge that a post is as it was made."""
        shows(self.api.get_post(post.id), post)

    def deleted(self, post: Post) -> Post:
        """Delete a post; `Blocked` when the server refuses."""
        exchange = self.api.delete_post(post.id)
        with precondition(DELETED):
            expect.accepted(exchange)
        self._noticed(DELETED, lambda: shows(exchange, post))
        self._noticed(GONE, lambda: self.gone(post))
        return post

    def gone(self, post: Post) -> None:
        """Judge that a deleted post cannot be fetched; another post may have its id by now."""
        exchange = self.api.get_post(post.id)
        if not is_another(exchange.at("data"), post):
            expect.refused(exchange)

    def whole_life(self, *media: Media) -> list[Exchange]:
        """Return the answers that show a post: new, fetched, with a new text, and deleted."""
        post = self.made(*media)
        fetched = self.fetched(post)
        updated = self.api.update_post(post.id, {"text": unique_text()})
        with precondition(UPDATED):
            shows_media(updated, media)
        deleted = self.api.delete_post(post.id)
        with precondition(DELETED):
            shows_media(deleted, media)
        return [post.exchange, fetched, updated, deleted]

    def updatable(self) -> Post:
        """Return a post whose media were replaced once: so updates work."""
        first, second = self._given.shared.library(2)[:2]
        post = self.made(first)
        exchange = self.api.update_post(post.id, {"media": [second.id]})
        with precondition(UPDATED):
            expect.accepted(exchange)
            shows_media(exchange, [second])
        return Post(post.id, post.text, (second,), exchange)

    def refuses(self, way: str, *ids: str) -> None:
        """Judge that media ids are refused: alone, and among media of the caller.

        Args:
            way: `NEW` for a new post, `UPDATE` for an update of a post.
            ids: The ids that must be refused.
        """
        own = self._given.shared.sample().id
        refuses = self._refuses_new if way == NEW else self._refuses_update
        refuses([[*ids], [own, *ids], [*ids, own]])

    def _refuses_new(self, lists: list[list[str]]) -> None:
        self.working()
        for media in lists:
            text = unique_text()
            self.refused(self.api.create_post({"text": text, "media": media}))
            with suppress(Blocked):  # a list that cannot be read proves nothing here
                self._left_nothing(text)

    def _refuses_update(self, lists: list[list[str]]) -> None:
        post = self.updatable()
        self.fetched(post)
        alone, *others = ({"media": media} for media in lists)
        # A text beside refused media is not to be stored either.
        for fields in (alone, *({"text": unique_text(), **media} for media in others)):
            self.refused(self.api.update_post(post.id, fields))
            self.stays(post)

    def refused(self, exchange: Exchange) -> None:
        """Judge that a request with a valid key is refused because of its body.

        A 401 refuses the key. `Blocked` when the key is not accepted any more.
        """
        expect.refused(exchange)
        if exchange.status == _UNAUTHORIZED:
            if not self.api.list_media(limit=1).succeeded:
                raise Blocked(limit="the server does not accept the key any more (401)")
            expect.violated("a refusal of the body", "it was a 401 for a valid key", exchange)

    def listed(self, post: Post, caller: str = "main") -> bool:
        """Whether a post is in a caller's list; `Blocked` when there is no readable list."""
        return any(
            str(item.get("id")) == post.id and not is_another(item, post)
            for item in self._listed(caller)
        )

    def shows_in_a_list(self, post: Post) -> bool:
        """Whether there is a readable list, and a new post is in it."""
        try:
            return self.awaited(post, listed=True)
        except Blocked:
            return False

    def awaited(self, post: Post, *, listed: bool) -> bool:
        """Whether a post is in the list, or left it, within the bound of a list that lags.

        After one post that never came or left, there is only one look.
        """
        deadline = time.monotonic() + (LISTED_WITHIN_S if self._patient else 0.0)
        while self.listed(post) is not listed:
            if time.monotonic() > deadline:
                self._patient = False
                return False
            sleep(_LOOK_S)
        return True

    def _left_nothing(self, text: str) -> None:
        """Judge that no listed post has the text of a refused one."""
        left = [item for item in self._listed("main") if item.get("text") == text]
        expect.that(not left, "a refused post not to exist", "it is listed")

    def _listed(self, caller: str) -> Iterator[dict[str, Any]]:
        cursor: str | None = None
        for _ in range(_PAGES_BOUND):
            exchange = self.api.list_posts(limit=MAXIMUM_LIMIT, cursor=cursor, caller=caller)
            items = exchange.at("data", "items")
            if not exchange.succeeded or not isinstance(items, list):
                raise Blocked(limit="the kit finds no list of posts at GET /posts")
            yield from (item for item in items if isinstance(item, dict))
            found = exchange.at("data", "next_cursor")
            if not isinstance(found, str) or not found or found == cursor:
                return
            cursor = found

    def _noticed(self, requirement: str, judge: Callable[[], None]) -> None:
        try:
            judge()
        except Violation as violation:
            violation.requirement = requirement
            self._notice(violation)


def unique_text() -> str:
    """Return a text that no other post has."""
    return f"A post of the conformance kit, {uuid4().hex[:12]}"


def ids_of(media: tuple[Media, ...] | list[Media]) -> list[str]:
    """Return the ids of media items, in their order."""
    return [one.id for one in media]


def id_of(exchange: Exchange) -> str:
    """Judge that an answer shows the id of a post, and return it."""
    found = post_id_in(exchange)
    if found is None:
        actual = f"it is {expect.shown(exchange.at('data', 'id'))}"
        expect.violated("`data.id` to be the id of the post", actual, exchange)
    return found


def media_in(exchange: Exchange) -> list[dict[str, Any]]:
    """Judge that an answer shows the media of a post, and return them as objects.

    A bare id counts as an object with an id: the schemas judge the shape.
    """
    found = exchange.at("data", "media")
    if not isinstance(found, list):
        actual = f"it is {expect.shown(found)[:100]}"
        expect.violated("`data.media` to be the list of the post's media", actual, exchange)
    return [item if isinstance(item, dict) else {"id": item} for item in found]


def shows_media(exchange: Exchange, media: tuple[Media, ...] | list[Media]) -> None:
    """Judge that an answer shows these media of a post, in this order.

    A post without media may also be shown without a list.
    """
    expect.accepted(exchange)
    if not media and exchange.at("data", "media") is None:
        return
    ids = [item.get("id") for item in media_in(exchange)]
    expect.equal(ids, ids_of(media), "the ids of the post's media", exchange)


def shows(exchange: Exchange, post: Post) -> None:
    """Judge that an answer shows a post as it was made.

    No document says that an answer shows the text, so only a text that is shown is compared,
    and not how its lines end.
    """
    expect.accepted(exchange)
    expect.equal(id_of(exchange), post.id, "the id of the post", exchange)
    shows_media(exchange, post.media)
    text = exchange.at("data", "text")
    if text is not None:
        plain = text.replace("\r\n", "\n").strip() if isinstance(text, str) else text
        expect.equal(plain, post.text, "`data.text`", exchange)


def is_another(shown: object, post: Post) -> bool:
    """Whether what is shown is a later post, to which a server that counts gave the same id."""
    text = shown.get("text") if isinstance(shown, dict) else None
    return isinstance(text, str) and text != post.text and not is_of_one_thing(post.id)


def shows_types(exchange: Exchange, media: tuple[Media, ...] | list[Media]) -> None:
    """Judge that an answer shows each of the media with its own type."""
    shown = [item.get("type") for item in media_in(exchange)]
    wanted = [RESULTING_TYPES[one.content_type] for one in media]
    expect.equal(shown, wanted, "the types of the post's media", exchange)


def urls_in(exchange: Exchange) -> list[str]:
    """Judge that each of the media of a post has a url, and return the urls."""
    urls = [item.get("url") for item in media_in(exchange)]
    for url in urls:
        actual = f"it is {expect.shown(url)}"
        expect.that(isinstance(url, str) and url, "`url` to be a string", actual, exchange)
    return [str(url) for url in urls]
