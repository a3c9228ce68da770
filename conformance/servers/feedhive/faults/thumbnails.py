"""Faults of thumbnails: they show another item, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Server
    from conformance.servers.feedhive.state import MediaRow, UploadRow

_ROWS = 100


def _shows(
    name: str, sentence: str, chosen: Callable[[list[MediaRow], MediaRow], MediaRow | None]
) -> None:
    """Register a fault: `chosen` gets the caller's pictures, newest first, and one of them."""

    def apply(server: Server) -> None:
        library = server.subject

        @server.replaces("item")
        def item(original: Any, row: MediaRow) -> Any:
            answer = original(row)
            rows, _ = library.state.page(row.owner, _ROWS, None)
            shown = chosen([one for one in rows if one.type == "image"], row)
            if answer["thumbnail_url"] and shown is not None:
                answer["thumbnail_url"] = library.download_url(shown.key)
            return answer

    FAULT.add(name, sentence, apply, "FH-GET-17")


def _before(rows: list[MediaRow], row: MediaRow) -> MediaRow | None:
    older = [one for one in rows if (one.created_at, one.id) < (row.created_at, row.id)]
    return older[0] if older else None


@FAULT("The list shows each item with the thumbnail of the item before it.", "FH-GET-17")
def listed_thumbnails_are_of_the_item_before(server: Server) -> None:
    @server.replaces("page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        answer = original(owner, limit, cursor)
        shown = [item for item in answer["items"] if item["thumbnail_url"]]
        urls = [item["thumbnail_url"] for item in shown]
        for item, url in zip(shown, urls[1:] + urls[:1], strict=True):
            item["thumbnail_url"] = url
        return answer


_shows(
    "thumbnails-show-the-newest",
    "Each thumbnail is the newest picture.",
    lambda rows, _: next(iter(rows), None),
)
_shows("thumbnails-show-the-item-before", "A thumbnail is the picture of the item before.", _before)


@FAULT("A post shows the thumbnail of its first media item for all of them.", "FH-GET-17")
def posts_show_the_first_thumbnail(server: Server) -> None:
    @server.replaces("posts._shown")
    def shown(original: Any, row: Any) -> Any:
        post = original(row)
        for item in post["media"]:
            item["thumbnail_url"] = post["media"][0]["thumbnail_url"]
        return post


def _leads_nowhere(name: str, words: str, kinds: tuple[str, ...]) -> None:
    """Register a fault: the thumbnail of some types is an object that nobody stores."""

    def apply(server: Server) -> None:
        library = server.subject

        @server.replaces("item")
        def item(original: Any, row: MediaRow) -> Any:
            answer = original(row)
            if row.mime_type in kinds:
                answer["thumbnail_url"] = library.download_url(f"thumbnails/none/{row.id}.png")
            return answer

    sentence = f"thumbnail_url of {words} names an object that is never stored."
    FAULT.add(f"thumbnails-of-{name}-lead-nowhere", sentence, apply, "FH-GET-17")


_leads_nowhere("films", "a film", ("video/mp4", "video/quicktime", "video/mov"))
_leads_nowhere("jpegs", "a JPEG", ("image/jpeg", "image/jpg"))
_leads_nowhere("gifs", "a GIF", ("image/gif",))


def _mixed_up(name: str, words: str, content_type: str) -> None:
    """Register a fault: the thumbnail of one type shows the file of the type before it."""

    def apply(server: Server) -> None:
        store, last = server.subject.store, dict[str, bytes]()

        @server.replaces("thumbnail")
        def thumbnail(original: Any, row: UploadRow) -> str | None:
            key: str | None = original(row)
            if key and row.content_type == content_type:
                own = store.read(key)
                store.write(key, last.get(row.owner, own), "image/png")
                last[row.owner] = own
            return key

    sentence = f"The thumbnail of {words} shows the one before."
    FAULT.add(f"thumbnails-of-{name}-before", sentence, apply, "FH-GET-17")


_mixed_up("pngs-are-of-the-png", "a PNG", "image/png")
_mixed_up("gifs-are-of-the-gif", "a GIF", "image/gif")
