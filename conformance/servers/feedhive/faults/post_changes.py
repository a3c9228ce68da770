"""Faults of updates and deletes of posts."""

from __future__ import annotations

import json
import time
from itertools import count
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.database import execute
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Server

    Fields = dict[str, Any]

_ONE_IN = 3


def _updates(name: str, sentence: str, change: Callable[[list[str], Fields], Fields]) -> None:
    """Register a fault: an update with valid fields makes another change than it was asked."""

    def apply(server: Server) -> None:
        @server.replaces("posts.update")
        def update(original: Any, owner: str, post_id: str, fields: Fields) -> Any:
            post = server.subject.posts.get(owner, post_id)
            server.subject.posts._checked(owner, fields)
            return original(owner, post_id, change([it["id"] for it in post["media"]], fields))

    FAULT.add(name, sentence, apply, "FH-POST-06")


def _merged(old: list[str], fields: Fields) -> Fields:
    return {**fields, "media": list(dict.fromkeys([*old, *fields.get("media", [])]))}


def _changed(change: Callable[[list[str]], list[str]]) -> Callable[[list[str], Fields], Fields]:
    def changed(_: list[str], fields: Fields) -> Fields:
        return {**fields, "media": change(fields["media"])} if "media" in fields else fields

    return changed


@FAULT("An update with the media that the post has is refused.", "FH-POST-06")
def updates_refuse_the_same_media(server: Server) -> None:
    @server.replaces("posts.update")
    def update(original: Any, owner: str, post_id: str, fields: Fields) -> Any:
        post = server.subject.posts.get(owner, post_id)
        if fields.get("media") == [item["id"] for item in post["media"]]:
            raise Refusal(409, "The media are in a post already")
        return original(owner, post_id, fields)


_updates("updates-add-media", "An update adds its media to the old ones.", _merged)
_updates(
    "updates-ignore-media",
    "An update leaves the media as they were.",
    lambda _, fields: {name: value for name, value in fields.items() if name != "media"},
)
_updates(
    "updates-sort-media",
    "An update stores its media sorted by id.",
    _changed(sorted),
)
_updates(
    "updates-reverse-media",
    "An update stores its media in reverse order.",
    _changed(lambda ids: ids[::-1]),
)
_updates(
    "updates-take-one-media",
    "An update stores only the first of its media.",
    _changed(lambda ids: ids[:1]),
)
_updates(
    "updates-of-the-text-drop-the-media",
    "An update without media removes the media.",
    lambda _, fields: {"media": [], **fields},
)
_updates(
    "updates-of-the-status-drop-the-media",
    "An update of the status removes the media.",
    lambda _, fields: {"media": [], **fields} if "status" in fields else fields,
)
_updates(
    "updates-of-the-media-reset-the-text",
    "An update without a text sets another text.",
    lambda _, fields: {"text": "Untitled", **fields},
)
_updates(
    "updates-keep-the-text",
    "An update leaves the text as it was.",
    lambda _, fields: {name: value for name, value in fields.items() if name != "text"},
)


_updates(
    "updates-ignore-an-empty-list-of-media",
    "An update with an empty list of media leaves the media as they were.",
    lambda old, fields: {**fields, "media": old} if fields.get("media") == [] else fields,
)
_updates(
    "updates-of-both-fields-keep-the-text",
    "An update with a text and media changes only the media.",
    lambda _, fields: {"media": fields["media"]} if {"text", "media"} <= set(fields) else fields,
)


_updates(
    "updates-to-another-order-are-ignored",
    "An update with the media that the post has, in another order, leaves the order as it was.",
    lambda old, fields: (
        {**fields, "media": old} if sorted(fields.get("media", [])) == sorted(old) else fields
    ),
)
_updates(
    "updates-to-fewer-media-are-ignored",
    "An update with some of the media that the post has leaves the others in it.",
    lambda old, fields: (
        {**fields, "media": old} if set() < set(fields.get("media", [])) < set(old) else fields
    ),
)


@FAULT("A post takes one update, and refuses the next.", "FH-POST-06")
def second_updates_are_refused(server: Server) -> None:
    updated: set[str] = set()

    @server.replaces("posts.update")
    def update(original: Any, owner: str, post_id: str, fields: Fields) -> Any:
        if post_id in updated:
            raise Refusal(409, "The post was changed in the meantime")
        post = original(owner, post_id, fields)
        updated.add(post_id)
        return post


@FAULT("The second update of a post is answered as sent, and not stored.", "FH-POST-06")
def second_updates_are_not_stored(server: Server) -> None:
    updated: set[str] = set()

    @server.replaces("posts.update")
    def update(original: Any, owner: str, post_id: str, fields: Fields) -> Any:
        before = server.subject.posts.get(owner, post_id)
        post = original(owner, post_id, fields)
        if post_id in updated:
            kept = {"text": before["text"], "media": [item["id"] for item in before["media"]]}
            original(owner, post_id, kept)
        updated.add(post_id)
        return post


@FAULT("An update is answered as sent, and not stored.", "FH-POST-06")
def updates_are_not_stored(server: Server) -> None:
    @server.replaces("posts.update")
    def update(original: Any, owner: str, post_id: str, fields: Fields) -> Any:
        before = server.subject.posts.get(owner, post_id)
        answer = original(owner, post_id, fields)
        kept = {"text": before["text"], "media": [item["id"] for item in before["media"]]}
        original(owner, post_id, kept)
        return answer


@FAULT("An update of a post with several media is refused.", "FH-POST-06")
def updates_refuse_several_media(server: Server) -> None:
    @server.replaces("posts.update")
    def update(original: Any, owner: str, post_id: str, fields: Fields) -> Any:
        if len(fields.get("media") or []) > 1:
            raise Refusal(400, "media is not valid")
        return original(owner, post_id, fields)


@FAULT("An update changes all posts with the same media.", "FH-POST-06")
def updates_change_other_posts(server: Server) -> None:
    @server.replaces("posts.update")
    def update(original: Any, owner: str, post_id: str, fields: Fields) -> Any:
        before = server.subject.posts.get(owner, post_id)["media"]
        posts = server.subject.posts.page(owner, 1_000, None)["items"]
        ids = [item["id"] for item in before]
        for post in posts:
            if [item["id"] for item in post["media"]] == ids and "media" in fields:
                original(owner, post["id"], {"media": fields["media"]})
        return original(owner, post_id, fields)


@FAULT("A delete of a post answers with its id only.", "FH-POST-07")
def post_deletes_answer_the_id(server: Server) -> None:
    server.answers("delete_post")(lambda answer: answer.body.update(data={"id": answer.data["id"]}))


@FAULT("A delete of a post answers with the id of another post.", "FH-POST-07")
def post_deletes_answer_another_post(server: Server) -> None:
    server.answers("delete_post")(
        lambda answer: answer.data.update(id=f"{answer.data['id'][:-1]}_")
    )


@FAULT("A post cannot be deleted.", "FH-POST-07")
def posts_cannot_be_deleted(server: Server) -> None:
    @server.replaces("posts.delete")
    def delete(original: Any, owner: str, post_id: str) -> Any:
        del original
        server.subject.posts.get(owner, post_id)
        raise Refusal(409, "Posts cannot be deleted")


def _keeps(name: str, sentence: str, keeps: Callable[[dict[str, Any]], bool]) -> None:
    """Register a fault: some deletes of posts are answered, and nothing is deleted."""

    def apply(server: Server) -> None:
        @server.replaces("posts.delete")
        def delete(original: Any, owner: str, post_id: str) -> Any:
            post = server.subject.posts.get(owner, post_id)
            return post if keeps(post) else original(owner, post_id)

    FAULT.add(name, sentence, apply, "FH-POST-08")


_keeps("deleted-posts-stay", "A deleted post can still be fetched.", lambda _: True)
_keeps(
    "deleted-posts-with-films-stay",
    "A deleted post with a film can still be fetched.",
    lambda post: any(item["type"] == "video" for item in post["media"]),
)
_keeps(
    "deleted-posts-with-several-media-stay",
    "A deleted post with several media can still be fetched.",
    lambda post: len(post["media"]) > 1,
)


@FAULT("One delete of a post out of three deletes nothing.", "FH-POST-08")
def deleted_posts_stay_now_and_then(server: Server) -> None:
    numbers = count(1)

    @server.replaces("posts.delete")
    def delete(original: Any, owner: str, post_id: str) -> Any:
        if next(numbers) % _ONE_IN == 0:
            return server.subject.posts.get(owner, post_id)
        return original(owner, post_id)


@FAULT("An update of a deleted post brings it back.", "FH-POST-08")
def updates_revive_deleted_posts(server: Server) -> None:
    deleted: dict[str, tuple[str, dict[str, Any]]] = {}

    @server.replaces("posts.delete")
    def delete(original: Any, owner: str, post_id: str) -> Any:
        post = original(owner, post_id)
        deleted[post_id] = owner, post
        return post

    @server.replaces("posts.update")
    def update(original: Any, owner: str, post_id: str, fields: Fields) -> Any:
        former, post = deleted.get(post_id, ("", {}))
        if former == owner:
            media = json.dumps([item["id"] for item in post["media"]])
            values = post_id, owner, post["text"], media, post["status"], time.time()
            execute(server, "INSERT OR IGNORE INTO post VALUES (?, ?, ?, ?, ?, ?)", *values)
        return original(owner, post_id, fields)


@FAULT("Deleting a post deletes the other posts with the same media.", "FH-POST-08")
def deletes_take_similar_posts(server: Server) -> None:
    @server.replaces("posts.delete")
    def delete(original: Any, owner: str, post_id: str) -> Any:
        post = server.subject.posts.get(owner, post_id)
        ids = [item["id"] for item in post["media"]]
        for other in server.subject.posts.page(owner, 1_000, None)["items"]:
            if other["id"] != post_id and [item["id"] for item in other["media"]] == ids:
                original(owner, other["id"])
        return original(owner, post_id)


@FAULT("Deleting a post deletes its media.", "FH-POST-08")
def deletes_of_posts_take_the_media(server: Server) -> None:
    @server.replaces("posts.delete")
    def delete(original: Any, owner: str, post_id: str) -> Any:
        post = original(owner, post_id)
        for item in post["media"]:
            server.subject.delete(owner, item["id"])
        return post


def _lists(name: str, sentence: str, kept: Callable[[dict[str, Any]], bool]) -> None:
    """Register a fault: some deleted posts stay in the list."""

    def apply(server: Server) -> None:
        deleted: dict[str, list[dict[str, Any]]] = {}

        @server.replaces("posts.delete")
        def delete(original: Any, owner: str, post_id: str) -> Any:
            post = original(owner, post_id)
            if kept(post):
                deleted.setdefault(owner, []).append(post)
            return post

        @server.replaces("posts.page")
        def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
            answer = original(owner, limit, cursor)
            more = deleted.get(owner, []) if cursor is None else []
            return {**answer, "items": [*answer["items"], *more]}

    FAULT.add(name, sentence, apply, "FH-POST-09")


_lists("deleted-posts-stay-listed", "Deleted posts stay in the list.", lambda _: True)
_lists(
    "deleted-posts-with-films-stay-listed",
    "Deleted posts with a film stay in the list.",
    lambda post: any(item["type"] == "video" for item in post["media"]),
)
