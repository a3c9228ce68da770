"""Faults of what posts refuse: ids that are not the caller's media, and no text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import CALLERS, other_caller
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Server

    Fields = dict[str, Any]
    IsKind = Callable[[Server, str, str], bool]

_WAYS = {"create": ("new-posts", "New posts"), "update": ("updates", "Updates of posts")}


def _open_upload(server: Server, owner: str, one: str) -> bool:
    upload = server.subject.state.upload(one, owner)
    return upload is not None and upload.completed_at is None


def _stored_upload(server: Server, owner: str, one: str) -> bool:
    upload = server.subject.state.upload(one, owner)
    open_ = upload is not None and upload.completed_at is None
    return open_ and server.subject.store.head(upload.key) is not None


def _foreign(server: Server, owner: str, one: str) -> bool:
    return server.subject.state.media(one, other_caller(owner)) is not None


def _foreign_film(server: Server, owner: str, one: str) -> bool:
    row = server.subject.state.media(one, other_caller(owner))
    return row is not None and row.type == "video"


def _unknown(server: Server, owner: str, one: str) -> bool:
    del owner
    state = server.subject.state
    return not any(state.media(one, who) or state.upload(one, who) for who in CALLERS)


def _drops(name: str, words: str, requirement: str, is_kind: IsKind, *, alone: bool = True) -> None:
    """Register two faults: a new post, and an update, drop some ids without a word.

    With `alone` false, the ids are dropped only beside media of the caller.
    """
    for way, (noun, sentence) in _WAYS.items():

        def apply(server: Server, way: str = way) -> None:
            @server.replaces(f"posts.{way}")
            def lenient(original: Any, owner: str, *rest: Any) -> Any:
                *path, fields = rest
                media = fields.get("media")
                if isinstance(media, list):
                    kept = [
                        one
                        for one in media
                        if not (isinstance(one, str) and is_kind(server, owner, one))
                    ]
                    if kept or alone:
                        fields = {**fields, "media": kept}
                return original(owner, *path, fields)

        FAULT.add(f"{noun}-{name}", f"{sentence} {words}.", apply, requirement)


_drops("drop-uploads", "drop the ids of open uploads", "FH-POST-10", _open_upload)
_drops("drop-foreign-media", "drop another caller's media", "FH-POST-11", _foreign)
_drops("drop-foreign-films", "drop another caller's films", "FH-POST-11", _foreign_film)
_drops("drop-unknown-ids", "drop ids that do not exist", "FH-POST-12", _unknown)
_drops(
    "drop-unknown-ids-beside-others",
    "drop ids that do not exist beside media of the caller",
    "FH-POST-12",
    _unknown,
    alone=False,
)
_drops(
    "drop-uploads-beside-others",
    "drop the ids of open uploads beside media of the caller",
    "FH-POST-10",
    _open_upload,
    alone=False,
)


def _shares(server: Server, is_shared: Callable[[str], bool]) -> None:
    """Let posts accept and show another caller's media, if they are shared."""
    state = server.subject.posts.state

    class AllCallers:
        """The state of the server, in which shared media belong to every caller."""

        def __getattr__(self, name: str) -> Any:
            return getattr(state, name)

        def media(self, media_id: str, owner: str) -> Any:
            own = state.media(media_id, owner)
            if own is None and is_shared(media_id):
                return state.media(media_id, other_caller(owner))
            return own

    server.subject.posts.state = AllCallers()


@FAULT("Posts accept and show the media of all callers.", "FH-POST-11")
def posts_take_foreign_media(server: Server) -> None:
    _shares(server, lambda _: True)


@FAULT("Posts accept and show another caller's media that are in a post.", "FH-POST-11")
def posts_take_media_of_foreign_posts(server: Server) -> None:
    def is_in_a_post(media_id: str) -> bool:
        with server.subject.state.transaction() as connection:
            rows = connection.execute("SELECT media FROM post").fetchall()
        return any(media_id in json.loads(media) for (media,) in rows)

    _shares(server, is_in_a_post)


@FAULT("Posts show an open upload as a media item.", "FH-POST-10")
def posts_take_open_uploads(server: Server) -> None:
    _shows_ids(server, _open_upload)


@FAULT("Posts show a stored upload, which was not completed, as a media item.", "FH-POST-10")
def posts_take_stored_uploads(server: Server) -> None:
    _shows_ids(server, _stored_upload)


def _shows_ids(server: Server, is_kind: IsKind) -> None:
    """Let posts keep some ids that are no media, and show them."""
    kept: dict[str, list[str]] = {}

    def keep(owner: str, post: Any, media: list[str]) -> Any:
        kept[post["id"]] = [one for one in media if is_kind(server, owner, one)]
        return _with_ids(post, kept)

    def split(owner: str, fields: Fields) -> tuple[Fields, list[str]]:
        media = fields.get("media")
        if not isinstance(media, list) or not all(isinstance(one, str) for one in media):
            return fields, []
        rest = [one for one in media if not is_kind(server, owner, one)]
        return {**fields, "media": rest}, media

    @server.replaces("posts.create")
    def create(original: Any, owner: str, fields: Fields) -> Any:
        rest, media = split(owner, fields)
        return keep(owner, original(owner, rest), media)

    @server.replaces("posts.update")
    def update(original: Any, owner: str, post_id: str, fields: Fields) -> Any:
        rest, media = split(owner, fields)
        return keep(owner, original(owner, post_id, rest), media)


def _with_ids(post: Any, kept: dict[str, list[str]]) -> Any:
    more = [
        {"id": one, "type": "image", "url": "http://127.0.0.1/", "thumbnail_url": None}
        for one in kept.get(post["id"], ())
    ]
    return {**post, "media": [*post["media"], *more]}


@FAULT("A refused new post exists afterwards, without its media.", "FH-POST-12")
def refused_posts_exist(server: Server) -> None:
    @server.replaces("posts.create")
    def create(original: Any, owner: str, fields: Fields) -> Any:
        if isinstance(fields.get("media"), list) and isinstance(fields.get("text"), str):
            post = original(owner, {**fields, "media": []})
            posts = server.subject.posts
            return posts.update(owner, post["id"], {"media": fields["media"]})
        return original(owner, fields)


@FAULT("A refused update of a post removes its media.", "FH-POST-12")
def refused_updates_remove_media(server: Server) -> None:
    @server.replaces("posts.update")
    def update(original: Any, owner: str, post_id: str, fields: Fields) -> Any:
        if isinstance(fields.get("media"), list):
            original(owner, post_id, {"media": []})
        return original(owner, post_id, fields)


@FAULT("An update whose media are refused stores its text.", "FH-POST-12")
def refused_updates_store_the_text(server: Server) -> None:
    @server.replaces("posts.update")
    def update(original: Any, owner: str, post_id: str, fields: Fields) -> Any:
        if isinstance(fields.get("media"), list) and "text" in fields:
            original(owner, post_id, {"text": fields["text"]})
        return original(owner, post_id, fields)


@FAULT("A post that names a stored upload completes it, and is then refused.", "FH-POST-10")
def refused_posts_complete_uploads(server: Server) -> None:
    @server.replaces("posts._checked")
    def checked(original: Any, owner: str, fields: Fields) -> Any:
        media = fields.get("media")
        for one in media if isinstance(media, list) else []:
            if isinstance(one, str) and _stored_upload(server, owner, one):
                server.subject.complete_upload(owner, one)
        return original(owner, fields)


def _doubles(way: str) -> None:
    noun, sentence = _WAYS[way]

    def apply(server: Server) -> None:
        @server.replaces(f"posts.{way}")
        def doubled(original: Any, owner: str, *rest: Any) -> Any:
            *path, fields = rest
            media = fields.get("media")
            texts = isinstance(media, list) and all(isinstance(one, str) for one in media)
            if not texts or len(set(media)) == len(media):
                return original(owner, *path, fields)
            post = original(owner, *path, {**fields, "media": list(dict.fromkeys(media))})
            by_id = {item["id"]: item for item in post["media"]}
            return {**post, "media": [by_id[one] for one in media]}

    FAULT.add(
        f"{noun}-show-media-twice", f"{sentence} show a media item twice.", apply, "FH-POST-13"
    )


def _untitled(name: str, sentence: str, way: str, has_no_text: Callable[[Fields], bool]) -> None:
    def apply(server: Server) -> None:
        @server.replaces(f"posts.{way}")
        def lenient(original: Any, owner: str, *rest: Any) -> Any:
            *path, fields = rest
            fields = {**fields, "text": "-"} if has_no_text(fields) else fields
            return original(owner, *path, fields)

    FAULT.add(name, sentence, apply, "FH-POST-14")


for _way in _WAYS:
    _doubles(_way)
_untitled("posts-need-no-text", "A new post needs no text.", "create", lambda it: "text" not in it)
_untitled(
    "posts-take-an-empty-text",
    "A new post accepts an empty text.",
    "create",
    lambda it: it.get("text", "-") == "",
)
_untitled(
    "posts-take-null-as-text",
    "A new post accepts null as its text.",
    "create",
    lambda it: it.get("text", "-") is None,
)
_untitled(
    "updates-take-an-empty-text",
    "An update of a post accepts an empty text.",
    "update",
    lambda it: it.get("text", "-") == "",
)


def _begins(status: str) -> None:
    def apply(server: Server) -> None:
        @server.replaces("posts.create")
        def create(original: Any, owner: str, fields: Fields) -> Any:
            return original(owner, {"status": status, **fields})

    FAULT.add(f"new-posts-are-{status}", f"A new post is {status}.", apply, "FH-POST-15")


_begins("published")
_begins("scheduled")
