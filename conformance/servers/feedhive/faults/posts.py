"""Faults of posts: media that they refuse, lose, mix up or show as other media."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import CALLERS, Refusal
from conformance.servers.feedhive.database import remove_record
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Answer, Server

    Items = list[dict[str, Any]]
    Fields = dict[str, Any]

_SHOWING = {
    "create_post": ("new-posts", "New posts", "FH-POST-01"),
    "get_post": ("fetched-posts", "Fetched posts", "FH-POST-05"),
    "update_post": ("updates-of-posts", "Updates of posts", "FH-POST-06"),
    "delete_post": ("deleted-posts", "Deletes of posts", "FH-POST-07"),
}
_SHAPES = {
    operation: (noun, sentence, f"FH-POST-{operation.partition('_')[0].upper()}-SCHEMA-REF")
    for operation, (noun, sentence, _) in _SHOWING.items()
}
_ONE_IN = 4


def _types(server: Server, ids: list[str]) -> list[str]:
    """Return the types of media, of whatever caller they are."""
    state = server.subject.state
    rows = (state.media(one, owner) for one in ids for owner in CALLERS)
    return [row.type for row in rows if row is not None]


def _refuses(name: str, words: str, refused: Callable[[list[str]], bool]) -> None:
    """Register a fault: a new post refuses media whose types are refused."""

    def apply(server: Server) -> None:
        @server.replaces("posts.create")
        def create(original: Any, owner: str, fields: Fields) -> Any:
            media = fields.get("media")
            if isinstance(media, list) and refused(_types(server, media)):
                raise Refusal(400, "media is not valid")
            return original(owner, fields)

    FAULT.add(f"posts-refuse-{name}", f"Posts refuse {words}.", apply, "FH-COMPLETE-15")


_refuses("pictures", "pictures", lambda types: "image" in types)
_refuses("gifs", "GIFs", lambda types: "gif" in types)
_refuses("films", "films", lambda types: "video" in types)
_refuses("two-media", "two media", lambda types: len(types) > 1)
_refuses("a-picture-beside-a-film", "media of two types", lambda types: len(set(types)) > 1)
_refuses("all-media", "all media", bool)


@FAULT("The media of one post cannot be used in another one.", "FH-COMPLETE-15")
def posts_use_media_once(server: Server) -> None:
    used: set[str] = set()

    @server.replaces("posts.create")
    def create(original: Any, owner: str, fields: Fields) -> Any:
        post = original(owner, fields)
        ids = {item["id"] for item in post["media"]}
        if ids & used:
            raise Refusal(409, "This media is in another post")
        used.update(ids)
        return post


@FAULT("A deleted media that is in a post leaves its bytes.", "FH-DELETE-06")
def posts_keep_the_bytes_of_deleted_media(server: Server) -> None:
    used: set[str] = set()

    @server.replaces("posts.create")
    def create(original: Any, owner: str, fields: Fields) -> Any:
        post = original(owner, fields)
        used.update(item["id"] for item in post["media"])
        return post

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        if media_id not in used:
            return original(owner, media_id)
        return server.subject.item(remove_record(server, owner, media_id))


def _shows(name: str, words: str, change: Callable[[Items], Any]) -> None:
    """Register four faults: each operation of a post shows other media in its answer."""
    for operation, (noun, sentence, requirement) in _SHOWING.items():

        def apply(server: Server, operation: str = operation) -> None:
            @server.answers(operation)
            def shown(answer: Answer) -> None:
                if answer.data["media"]:
                    change(answer.data["media"])

        FAULT.add(f"{noun}-show-{name}", f"{sentence} show {words}.", apply, requirement)


def _without_films(items: Items) -> None:
    if len(items) > 1:
        items[:] = [item for item in items if item["type"] != "video"]


_shows("no-media", "no media", lambda items: items.clear())
_shows("only-the-first-media", "only the first of their media", lambda items: items.__delitem__(
    slice(1, None)
))  # fmt: skip
_shows("media-in-reverse", "their media in reverse order", lambda items: items.reverse())
_shows(
    "sorted-media", "their media sorted by id", lambda items: items.sort(key=lambda it: it["id"])
)
_shows("the-first-media-twice", "their first media twice", lambda items: items.append(items[0]))
_shows("no-film-beside-a-picture", "no film beside other media", _without_films)
_shows(
    "another-id", "media of another id", lambda items: items[-1].update(id=f"{items[-1]['id']}x")
)


def _once(name: str, sentence: str, operation: str, requirement: str) -> None:
    """Register a fault: every fourth answer lacks the last of the media."""

    def apply(server: Server) -> None:
        numbers = count(1)

        @server.answers(operation)
        def shown(answer: Answer) -> None:
            if answer.data["media"] and next(numbers) % _ONE_IN == 0:
                answer.data["media"].pop()

    FAULT.add(name, sentence, apply, requirement)


for _operation, (_noun, _sentence, _requirement) in _SHOWING.items():
    _once(
        f"{_noun}-now-and-then-lose-media",
        f"{_sentence} lose a media item in one answer out of four.",
        _operation,
        _requirement,
    )


@FAULT("The media of a post are shown with those of the post before it.", "FH-POST-01")
def posts_add_the_media_before(server: Server) -> None:
    before: Items = []

    @server.replaces("posts.create")
    def create(original: Any, owner: str, fields: Fields) -> Any:
        post = original(owner, fields)
        own = post["media"]
        ids = {item["id"] for item in own}
        post = {**post, "media": [*own, *(item for item in before if item["id"] not in ids)]}
        before[:] = own
        return post


@FAULT(
    "An answer shows the media of the newest post, no matter which post was requested.",
    "FH-POST-05",
)
def posts_show_the_newest(server: Server) -> None:
    newest: list[Items] = []

    @server.answers("create_post")
    def remember(answer: Answer) -> None:
        newest[:] = [answer.data["media"]]

    @server.answers("get_post")
    def mixed_up(answer: Answer) -> None:
        answer.data["media"] = newest[0] if newest else []


def _stores(name: str, sentence: str, change: Callable[[list[str]], list[str]]) -> None:
    """Register a fault: a new post is answered as sent, and stored with other media."""

    def apply(server: Server) -> None:
        @server.replaces("posts.create")
        def create(original: Any, owner: str, fields: Fields) -> Any:
            post = original(owner, fields)
            ids = change([item["id"] for item in post["media"]])
            with server.subject.state.transaction() as connection:
                connection.execute(
                    "UPDATE post SET media = ? WHERE id = ?", (json.dumps(ids), post["id"])
                )
            return post

    FAULT.add(name, sentence, apply, "FH-POST-05")


_stores("posts-are-stored-without-media", "A new post is stored without its media.", lambda _: [])
_stores(
    "posts-are-stored-in-reverse",
    "A new post is stored with its media in reverse order.",
    lambda ids: ids[::-1],
)
_stores(
    "posts-store-one-media", "A new post is stored with only one media item.", lambda ids: ids[:1]
)


def _mistypes(name: str, sentence: str, typed: Callable[[Items], list[str]]) -> None:
    def apply(server: Server) -> None:
        @server.replaces("posts._shown")
        def shown(original: Any, row: Any) -> Any:
            post = original(row)
            for item, kind in zip(post["media"], typed(post["media"]), strict=True):
                item["type"] = kind
            return post

    FAULT.add(name, sentence, apply, "FH-POST-02")


_mistypes(
    "gifs-are-images-in-posts",
    "A post shows a GIF as an image.",
    lambda items: ["image" if it["type"] == "gif" else it["type"] for it in items],
)
_mistypes(
    "films-are-images-in-posts",
    "A post shows a film as an image.",
    lambda items: ["image" if it["type"] == "video" else it["type"] for it in items],
)
_mistypes(
    "posts-show-one-type",
    "A post shows all its media with the type of the first one.",
    lambda items: [items[0]["type"] for _ in items],
)


@FAULT("A post shows a film that was declared as video/mov as an image.", "FH-POST-02")
def mov_films_are_images_in_posts(server: Server) -> None:
    @server.replaces("posts._shown")
    def shown(original: Any, row: Any) -> Any:
        post = original(row)
        for item in post["media"]:
            media = server.subject.state.media(item["id"], row[1])
            if media is not None and media.mime_type == "video/mov":
                item["type"] = "image"
        return post


def _urls(
    name: str, requirement: str, sentence: str, change: Callable[[Server, Items], Any]
) -> None:
    def apply(server: Server) -> None:
        @server.replaces("posts._shown")
        def shown(original: Any, row: Any) -> Any:
            post = original(row)
            change(server, post["media"])
            return post

    FAULT.add(name, sentence, apply, requirement)


def _each(change: Callable[[str], str]) -> Callable[[Server, Items], None]:
    def changed(_: Server, items: Items) -> None:
        for item in items:
            item["url"] = change(item["url"])

    return changed


def _of_the_newest(server: Server, items: Items) -> None:
    for item in items:
        rows = (server.subject.state.page(owner, 1, None)[0] for owner in CALLERS)
        newest = max((row for found in rows for row in found), key=lambda row: row.created_at)
        item["url"] = server.subject.download_url(newest.key)


def _resigned(server: Server, items: Items, seconds: int) -> None:
    for item in items:
        row = next(filter(None, (server.subject.state.media(item["id"], who) for who in CALLERS)))
        item["url"] = server.subject.store.signed_get(row.key, seconds)


_urls("post-urls-are-unsigned", "FH-POST-03", "The url of media in a post has no signature.",
      _each(lambda url: url.partition("?")[0]))  # fmt: skip
_urls("post-urls-are-relative", "FH-POST-03", "The url of media in a post is only a path.",
      _each(lambda url: "/" + url.partition("://")[2].partition("/")[2]))  # fmt: skip
_urls("post-urls-live-an-hour", "FH-POST-03", "The url of media in a post is valid for an hour.",
      lambda server, items: _resigned(server, items, 3_600))  # fmt: skip
_urls("post-urls-live-a-week", "FH-POST-03", "The url of media in a post is valid for a week.",
      lambda server, items: _resigned(server, items, 7 * 86_400))  # fmt: skip
_urls("post-urls-of-the-first-media", "FH-POST-04", "All media of a post have one url.",
      lambda _, items: [item.update(url=items[0]["url"]) for item in items])  # fmt: skip
_urls("post-urls-of-the-newest-media", "FH-POST-04", "Media of a post have the newest url.",
      _of_the_newest)  # fmt: skip
_urls("post-urls-give-nothing", "FH-POST-04", "The url of media in a post gives no file.",
      _each(lambda url: url.replace("X-Amz-Signature=", "X-Amz-Signature=0")))  # fmt: skip


def _shape(name: str, sentence: str, change: Callable[[dict[str, Any]], Any]) -> None:
    """Register four faults: each operation of a post shows it in another shape."""
    for operation, (noun, words, requirement) in _SHAPES.items():

        def apply(server: Server, operation: str = operation) -> None:
            server.answers(operation)(lambda answer: change(answer.body))

        FAULT.add(f"{noun}-{name}", f"{words} {sentence}.", apply, requirement)


def _in_media(**members: Any) -> Callable[[dict[str, Any]], None]:
    def change(body: dict[str, Any]) -> None:
        for item in body["data"]["media"]:
            item.update(members)

    return change


def _as_ids(body: dict[str, Any]) -> None:
    body["data"]["media"] = [item["id"] for item in body["data"]["media"]]


_shape("show-ids", "show the media as ids", _as_ids)
_shape("show-no-url", "show null as the url of media", _in_media(url=None))
_shape("show-objects-as-thumbnails", "show an object as thumbnail_url",
       _in_media(thumbnail_url={}))  # fmt: skip
_shape("show-an-unknown-type", "show a type that nobody knows",
       _in_media(type="photo"))  # fmt: skip


def _keeps(kept: int, number: str, ordinal: str) -> None:
    """Register a fault: a new post drops what is behind so many media."""

    def apply(server: Server) -> None:
        @server.replaces("posts.create")
        def create(original: Any, owner: str, fields: Fields) -> Any:
            server.subject.posts._checked(owner, fields)
            media = fields.get("media") or []
            return original(owner, {**fields, "media": media[:kept]})

    sentence = f"A new post keeps only the first {number} of its media."
    FAULT.add(f"posts-drop-media-behind-the-{ordinal}", sentence, apply, "FH-POST-01")


_keeps(4, "four", "fourth")
_keeps(10, "ten", "tenth")


@FAULT("A fetched post shows only the first four of its media.", "FH-POST-05")
def fetched_posts_show_four_media(server: Server) -> None:
    server.answers("get_post")(lambda answer: answer.data.update(media=answer.data["media"][:4]))
