"""What thumbnails show, and that they lead to a file."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from conformance.harness.bounds import sleep
from conformance.harness.concurrency import parallel
from conformance.harness.sight import Look, seen
from conformance.judge import expect
from conformance.judge.finding import Blocked, NotApplicable
from conformance.model.exchange import ABSENT
from conformance.model.signed_url import url_defect
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.kept_files import readable_at
from conformance.profiles.feedhive.library import listed_items

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.harness.storage import Storage
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.upload import Media

# A worker may make a thumbnail whose URL is known already: so many seconds after its upload, a
# client that shows it has waited long enough.
_MADE_WITHIN_S = 90.0
# Seconds between two looks for thumbnails that are not there yet.
_LOOK_S = 2.0


def of_their_own(given: Given, storage: Storage, made: Sequence[Media]) -> None:
    """Judge that no thumbnail, of get or of the list, shows the picture of another item.

    A thumbnail may be a placeholder, and it may appear later. Raises `NotApplicable` if no
    thumbnail shows its own picture, so that nothing could be compared.
    """
    pictures = [media.upload.body for media in made]
    fetched = [observe.thumbnail(given, media) for media in made]
    own = [_is_own(storage, pictures, urls) for urls in (fetched, _listed(given.api, made))]
    if not any(own):
        raise NotApplicable("no thumbnail shows a picture that can be compared")


def of_a_post(storage: Storage, made: Sequence[Media], items: Sequence[dict[str, Any]]) -> None:
    """Judge that no thumbnail in a post shows the picture of another of its media.

    `items` are the media that the post shows. Raises `NotApplicable` as `of_their_own` does.
    """
    shown = {item.get("id"): item.get("thumbnail_url") for item in items}
    urls = [_usable(shown.get(media.id)) for media in made]
    if not _is_own(storage, [media.upload.body for media in made], urls):
        raise NotApplicable("no thumbnail shows a picture that can be compared")


def lead_to_files(api: Api, storage: Storage, made: Sequence[Media]) -> None:
    """Judge that each listed thumbnail_url leads to a file; an item without one shows null.

    The file may be stored a while after its URL is known. Raises `NotApplicable` if no item has
    a thumbnail_url.
    """
    deadline = max(media.upload.exchange.started for media in made) + _MADE_WITHIN_S
    missing = _missing(api, storage, made)
    while missing and time.time() < deadline:
        sleep(_LOOK_S)
        missing = _missing(api, storage, made)
    for exchange in missing:
        wanted = f"a thumbnail that is there within {_MADE_WITHIN_S:.0f} seconds"
        expect.violated(wanted, f"it was {exchange.summary()}", exchange)


def _missing(api: Api, storage: Storage, made: Sequence[Media]) -> list[Exchange]:
    """Return the answers of thumbnails that say that there is no file."""
    urls = [url for url in _listed(api, made) if url]
    if not urls:
        raise NotApplicable("no item has a thumbnail")
    answers = parallel(lambda url: _answer(storage, url), urls)
    return [one for one in answers if one is not None and one.status in ABSENT]


def _answer(storage: Storage, url: str) -> Exchange | None:
    try:
        return storage.read(url)
    except Blocked:  # its host cannot be reached from here
        return None


def _listed(api: Api, made: Sequence[Media]) -> list[str | None]:
    """Return the thumbnail that the list shows of each item."""
    items = listed_items(api)
    shown = [items.get(media.id, {}).get("thumbnail_url") for media in made]
    return [_usable(url) for url in shown]


def _usable(url: object) -> str | None:
    return url if isinstance(url, str) and not url_defect(url) else None


def _is_own(storage: Storage, pictures: Sequence[bytes], urls: Sequence[str | None]) -> bool:
    """Judge the thumbnails of items; return whether one shows the picture of its item."""
    shown = parallel(lambda url: readable_at(storage, url) if url else None, urls)
    own = False
    for number, (picture, thumbnail) in enumerate(zip(pictures, shown, strict=True)):
        if thumbnail is None or thumbnail.response is None:
            continue
        body = thumbnail.response.body
        others = [*pictures[:number], *pictures[number + 1 :]]
        foreign = is_of_another(picture, others, body)
        actual = "it shows the picture of another item"
        expect.that(not foreign, "the thumbnail to show its own item", actual, thumbnail)
        own = own or shows(picture, body)
    return own


def is_of_another(own: bytes, others: Sequence[bytes], thumbnail: bytes) -> bool:
    """Whether a thumbnail shows one of the other pictures, and not its own."""
    return not shows(own, thumbnail) and any(shows(other, thumbnail) for other in others)


def shows(picture: bytes, thumbnail: bytes) -> bool:
    """Whether a thumbnail certainly shows a picture; a size of its own does not matter."""
    return picture == thumbnail or seen(picture, thumbnail) is Look.SAME
