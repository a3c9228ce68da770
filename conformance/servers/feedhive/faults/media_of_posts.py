"""Faults of media that are, or were, in a post: another caller reaches them, or they stay."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal, other_caller
from conformance.servers.feedhive.database import deleted_ids
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from conformance.servers.deviation import Server

    Fields = dict[str, Any]


def _in_posts(server: Server) -> set[str]:
    """Return the ids of all media that are in a post."""
    with server.subject.state.transaction() as connection:
        rows = connection.execute("SELECT media FROM post").fetchall()
    return {media_id for (media,) in rows for media_id in json.loads(media)}


def _reached(rule: str, name: str, sentence: str, requirement: str) -> None:
    """Register a fault: an operation finds the media of all callers, if they are in a post."""

    def apply(server: Server) -> None:
        @server.replaces(rule)
        def reached(original: Any, owner: str, media_id: str) -> Any:
            other = other_caller(owner)
            foreign = server.subject.state.media(media_id, other) is not None
            return original(other if foreign and media_id in _in_posts(server) else owner, media_id)

    FAULT.add(name, sentence, apply, requirement)


_reached(
    "media",
    "media-in-posts-are-public",
    "Media that are in a post can be fetched by every caller.",
    "FH-GET-12",
)
_reached(
    "delete",
    "media-in-posts-are-deleted-by-all",
    "Media that are in a post can be deleted by every caller.",
    "FH-DELETE-10",
)


@FAULT("Another caller's delete takes the media out of the posts of its owner.", "FH-DELETE-10")
def foreign_deletes_take_media_out_of_posts(server: Server) -> None:
    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        posts = server.subject.posts
        for post in posts.page(other_caller(owner), 1_000, None)["items"]:
            ids = [item["id"] for item in post["media"]]
            if media_id in ids:
                kept = [one for one in ids if one != media_id]
                posts.update(other_caller(owner), post["id"], {"media": kept})
        return original(owner, media_id)


def _keep(server: Server, held: set[str]) -> None:
    """Refuse to delete the media that are held."""

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        if media_id in held:
            raise Refusal(409, "The media is in a post")
        return original(owner, media_id)


@FAULT("A media item of a deleted post cannot be deleted.", "FH-POST-08")
def media_of_deleted_posts_cannot_be_deleted(server: Server) -> None:
    held: set[str] = set()
    _keep(server, held)

    @server.replaces("posts.delete")
    def delete(original: Any, owner: str, post_id: str) -> Any:
        post = original(owner, post_id)
        held.update(item["id"] for item in post["media"])
        return post


@FAULT("A media item that an update took out of a post cannot be deleted.", "FH-POST-06")
def replaced_media_cannot_be_deleted(server: Server) -> None:
    held: set[str] = set()
    _keep(server, held)

    @server.replaces("posts.update")
    def update(original: Any, owner: str, post_id: str, fields: Fields) -> Any:
        before = {item["id"] for item in server.subject.posts.get(owner, post_id)["media"]}
        post = original(owner, post_id, fields)
        held.update(before - {item["id"] for item in post["media"]})
        return post


@FAULT("A media item that was in a post of several cannot be deleted after it.", "FH-POST-08")
def media_of_deleted_posts_of_several_stay(server: Server) -> None:
    held: set[str] = set()
    _keep(server, held)

    @server.replaces("posts.delete")
    def delete(original: Any, owner: str, post_id: str) -> Any:
        post = original(owner, post_id)
        if len(post["media"]) > 1:
            held.update(item["id"] for item in post["media"])
        return post


@FAULT("A media item of a post that lost all its media cannot be deleted.", "FH-POST-06")
def media_of_emptied_posts_stay(server: Server) -> None:
    held: set[str] = set()
    _keep(server, held)

    @server.replaces("posts.update")
    def update(original: Any, owner: str, post_id: str, fields: Fields) -> Any:
        before = server.subject.posts.get(owner, post_id)["media"]
        post = original(owner, post_id, fields)
        if not post["media"]:
            held.update(item["id"] for item in before)
        return post


@FAULT("An update removes the bytes of media that no post has after it.", "FH-POST-06")
def updates_take_the_bytes_of_old_media(server: Server) -> None:
    library = server.subject

    @server.replaces("posts.update")
    def update(original: Any, owner: str, post_id: str, fields: Fields) -> Any:
        before = {item["id"] for item in library.posts.get(owner, post_id)["media"]}
        post = original(owner, post_id, fields)
        for media_id in before - _in_posts(server):
            library.store.remove(library.state.media(media_id, owner).key)
        return post


@FAULT("A delete of a media item deletes all media of the posts that it is in.", "FH-DELETE-08")
def deletes_cascade_over_posts(server: Server) -> None:
    library = server.subject

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        posts = library.posts.page(owner, 1_000, None)["items"]
        item = original(owner, media_id)
        for ids in ([one["id"] for one in post["media"]] for post in posts):
            if media_id in ids:
                for neighbour in ids:
                    library.state.remove(neighbour, owner)
        return item


@FAULT("The count of the posts that use a media item never falls.", "FH-POST-08")
def use_counts_never_fall(server: Server) -> None:
    used: set[str] = set()

    @server.answers("create_post", "update_post")
    def counted(answer: Any) -> None:
        used.update(item["id"] for item in answer.data["media"])

    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        if media_id in used - _in_posts(server):
            raise Refusal(409, "The media is in a post")
        return original(owner, media_id)


def _crashes(rule: str, name: str, words: str) -> None:
    """Register a fault: an operation on a post whose media was deleted is a server error."""

    def apply(server: Server) -> None:
        deleted = deleted_ids(server)

        @server.replaces(f"posts.{rule}")
        def crash(original: Any, owner: str, post_id: str, *rest: Any) -> Any:
            with server.subject.state.transaction() as connection:
                known = "SELECT media FROM post WHERE id = ?"
                row = connection.execute(known, (post_id,)).fetchone()
            if row and deleted & set(json.loads(row[0])):
                raise Refusal(500, "Internal server error")
            return original(owner, post_id, *rest)

    sentence = f"{words} whose media was deleted causes a server error."
    FAULT.add(name, sentence, apply, "FH-POST-18")


_crashes("get", "posts-of-deleted-media-crash", "A post")
_crashes("update", "updates-of-posts-of-deleted-media-crash", "An update of a post")
_crashes("delete", "deletes-of-posts-of-deleted-media-crash", "A delete of a post")


@FAULT("A post whose media was deleted lets the list of posts fail.", "FH-POST-18")
def lists_of_posts_of_deleted_media_crash(server: Server) -> None:
    deleted = deleted_ids(server)

    @server.replaces("posts.page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        if deleted & _in_posts(server):
            raise Refusal(500, "Internal server error")
        return original(owner, limit, cursor)
