"""Faults of posts: media that a post refuses, loses or shows as other media."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal
from conformance.servers.hayon.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Answer, Server

    Items = list[dict[str, Any]]

_REQUIREMENTS = {"create_post": "HY-POST-01", "update_post": "HY-POST-02"}
_NOUNS = {"create_post": "new posts", "update_post": "updates"}


def _refuses(name: str, words: str, refused: Callable[[Items], bool]) -> None:
    """Register two faults: a new post, and an update, refuse some media."""
    for operation, requirement in _REQUIREMENTS.items():

        def apply(server: Server, operation: str = operation) -> None:
            @server.replaces(operation)
            def choosy(original: Any, *arguments: Any) -> Any:
                content = arguments[-1]
                items = content.get("mediaItems") if isinstance(content, dict) else None
                if isinstance(items, list) and refused([x for x in items if isinstance(x, dict)]):
                    raise Refusal(400, "mediaItems is not valid")
                return original(*arguments)

        noun = _NOUNS[operation]
        sentence = f"{noun.capitalize()} refuse {words}."
        FAULT.add(f"{noun.replace(' ', '-')}-refuse-{name}", sentence, apply, requirement)


def _ends(*extensions: str) -> Callable[[Items], bool]:
    return lambda items: any(str(item.get("s3Key")).endswith(extensions) for item in items)


_refuses("webp", "a WebP", _ends(".webp"))
_refuses("films", "a video", _ends(".mp4", ".mov"))
_refuses("quicktime", "a QuickTime video", _ends(".mov"))
_refuses("jpegs", "a JPEG", _ends(".jpg"))
_refuses(
    "image-jpg",
    "the type image/jpg",
    lambda items: any(item.get("mimeType") == "image/jpg" for item in items),
)
_refuses(
    "a-film-beside-a-picture",
    "a video beside a picture",
    lambda items: len({str(item.get("mimeType")).partition("/")[0] for item in items}) > 1,
)
_refuses("two-items", "two media items", lambda items: len(items) > 1)


def _refuses_expired(operation: str) -> None:
    """Register a fault: an operation refuses a file whose upload URL has expired."""

    def apply(server: Server) -> None:
        opened: dict[str, float] = {}

        @server.answers("create_media_upload")
        def noted(answer: Answer) -> None:
            opened[answer.data["s3Key"]] = time.monotonic()

        @server.replaces(operation)
        def in_time(original: Any, *arguments: Any) -> Any:
            post = original(*arguments)
            now, life = time.monotonic(), server.subject.settings.upload_ttl
            items = post["content"]["mediaItems"]
            if any(now - opened.get(item["s3Key"], now) > life for item in items):
                raise Refusal(400, "The upload has expired")
            return post

    noun = _NOUNS[operation]
    name = f"{noun.replace(' ', '-')}-refuse-files-of-expired-urls"
    sentence = f"{noun.capitalize()} refuse a file whose upload URL has expired."
    FAULT.add(name, sentence, apply, _REQUIREMENTS[operation])


for _operation in _REQUIREMENTS:
    _refuses_expired(_operation)


def _shows(name: str, words: str, change: Callable[[Items], Any]) -> None:
    """Register two faults: the answer to a new post, and to an update, shows other media."""
    for operation, requirement in _REQUIREMENTS.items():

        def apply(server: Server, operation: str = operation) -> None:
            @server.answers(operation)
            def shown(answer: Answer) -> None:
                if answer.data["content"]["mediaItems"]:
                    change(answer.data["content"]["mediaItems"])

        noun = _NOUNS[operation]
        sentence = f"{noun.capitalize()} show {words}."
        FAULT.add(f"{noun.replace(' ', '-')}-show-{name}", sentence, apply, requirement)


_shows(
    "only-the-first-item",
    "only the first of their media items",
    lambda items: items.__delitem__(slice(1, None)),
)
_shows(
    "another-url",
    "another s3Url than they got",
    lambda items: items[0].update(s3Url=f"{items[0]['s3Url']}.webp"),
)
_shows(
    "another-key",
    "another s3Key than they got",
    lambda items: items[0].update(s3Key="posts/other.png"),
)
_shows(
    "another-type",
    "another mimeType than they got",
    lambda items: items[-1].update(mimeType="application/octet-stream"),
)
_shows(
    "no-film-beside-a-picture",
    "no video beside another media item",
    lambda items: items.__setitem__(
        slice(None),
        [item for item in items if len(items) == 1 or item["mimeType"].startswith("image/")],
    ),
)
_shows("two-items-at-most", "only two media items", lambda items: items.__delitem__(slice(2, None)))
_shows(
    "one-item-of-a-type",
    "only one media item of each type",
    lambda items: items.__setitem__(
        slice(None), list({item["mimeType"]: item for item in items[::-1]}.values())[::-1]
    ),
)
_shows("no-items", "no media items", lambda items: items.clear())
_shows("items-in-reverse", "their media items in reverse order", lambda items: items.reverse())


@FAULT("Updates show the media items that the post had before.", "HY-POST-02")
def updates_show_the_old_items(server: Server) -> None:
    before: dict[str, Items] = {}

    @server.answers("create_post")
    def remember(answer: Answer) -> None:
        before[answer.data["id"]] = answer.data["content"]["mediaItems"]

    @server.answers("update_post")
    def stale(answer: Answer) -> None:
        content = answer.data["content"]
        content["mediaItems"] = before.get(answer.data["id"], content["mediaItems"])


@FAULT("An update replaces media items by their place, so that the others stay.", "HY-POST-02")
def updates_merge_by_index(server: Server) -> None:
    shown: dict[str, Items] = {}

    @server.answers("create_post", "update_post")
    def merged(answer: Answer) -> None:
        content, before = answer.data["content"], shown.get(answer.data["id"], [])
        content["mediaItems"] += before[len(content["mediaItems"]) :]
        shown[answer.data["id"]] = content["mediaItems"]


@FAULT("The second update of a post shows the media items of the first.", "HY-POST-02")
def second_update_is_stale(server: Server) -> None:
    first: dict[str, Items] = {}

    @server.answers("update_post")
    def stale(answer: Answer) -> None:
        content = answer.data["content"]
        content["mediaItems"] = first.setdefault(answer.data["id"], content["mediaItems"])


@FAULT("A new post refuses a file that another post shows.", "HY-POST-01")
def files_are_good_for_one_post(server: Server) -> None:
    used: set[str] = set()

    @server.replaces("create_post")
    def once(original: Any, caller: str, content: Any) -> Any:
        post = original(caller, content)
        keys = {item["s3Key"] for item in post["content"]["mediaItems"]}
        if keys & used:
            raise Refusal(400, "a file is used already")
        used.update(keys)
        return post


@FAULT("A new post shows the media in the order of their places as texts.", "HY-POST-01")
def media_are_sorted_as_texts(server: Server) -> None:
    @server.answers("create_post")
    def resorted(answer: Answer) -> None:
        items = answer.data["content"]["mediaItems"]
        places = sorted(range(len(items)), key=str)
        answer.data["content"]["mediaItems"] = [items[place] for place in places]


@FAULT("An update fails if the post has one of its files already.", "HY-POST-02")
def updates_with_a_known_file_crash(server: Server) -> None:
    shown: dict[str, set[str]] = {}

    @server.answers("create_post", "update_post")
    def noted(answer: Answer) -> None:
        items = answer.data["content"]["mediaItems"]
        shown[answer.data["id"]] = {item["s3Key"] for item in items}

    @server.replaces("update_post")
    def update_post(original: Any, caller: str, post_id: str, content: Any) -> Any:
        items = content.get("mediaItems") if isinstance(content, dict) else None
        if any(item.get("s3Key") in shown.get(post_id, ()) for item in items or ()):
            raise Refusal(500, "Internal server error")
        return original(caller, post_id, content)


@FAULT("The update of a post without media does not accept media.", "HY-POST-02")
def posts_of_text_take_no_media(server: Server) -> None:
    plain: set[str] = set()

    @server.answers("create_post")
    def noted(answer: Answer) -> None:
        if not answer.data["content"]["mediaItems"]:
            plain.add(answer.data["id"])

    @server.replaces("update_post")
    def update_post(original: Any, caller: str, post_id: str, content: Any) -> Any:
        if post_id in plain and isinstance(content, dict) and content.get("mediaItems"):
            raise Refusal(400, "a post of text takes no media")
        return original(caller, post_id, content)
