"""Media that are deleted when the session begins, and whose bytes are looked for at its end.

The page promises that a delete removes the objects, and names no time. Looking late lets the
other cases run while a queue removes them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from conformance.harness import sample_files
from conformance.harness.bounds import sleep
from conformance.harness.concurrency import parallel
from conformance.harness.lag import GONE_BOUND_S, Watch
from conformance.harness.pace import paced
from conformance.judge.finding import Blocked, Finding, NotApplicable
from conformance.model.signed_url import SignedUrl
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.files import (
    came_through_a_cache,
    is_refused,
    read_in_time,
    usable_url,
)
from conformance.profiles.feedhive.posts import unique_text
from conformance.profiles.feedhive.upload import RESULTING_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.harness.bucket import Bucket, StoredObject
    from conformance.harness.harness import Harness
    from conformance.harness.lag import Lag
    from conformance.harness.storage import Storage
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.upload import Media

    Look = Callable[[], bool]

#: The places where the bytes of a media may be, by their names in a failure.
OBJECT, THUMBNAIL_OBJECT = "object", "thumbnail's object"
MEDIA_URL, THUMBNAIL_URL = "media_url", "thumbnail_url"
PLACES = (OBJECT, THUMBNAIL_OBJECT, MEDIA_URL, THUMBNAIL_URL)
#: Files that a storage may have taken in several parts.
LARGE, LARGE_FILM = "image/png over 1 MiB", "video/mp4 over 1 MiB"
_LARGE_BYTES = (1 << 20) + 17
#: An item of the other caller, if there is one.
OF_ANOTHER = "image/gif of the other caller"
#: An item that a post uses, if the target has posts.
OF_A_POST = "image/png of a post"
#: A file that replaced another one before the complete.
SENT_TWICE = "image/png that was sent twice"
# Where one of these cannot be made, the others are judged all the same.
_FURTHER = frozenset({LARGE_FILM, SENT_TWICE, OF_ANOTHER, OF_A_POST})
#: The places of the bucket.
OBJECTS = (OBJECT, THUMBNAIL_OBJECT)


@dataclass(frozen=True)
class Removal:
    """A deleted media, and the watch over the places where its bytes were."""

    media: Media
    watch: Watch
    #: Why a place is not watched.
    unwatched: dict[str, Finding]
    #: The URLs of the item, by place.
    urls: Mapping[str, str]
    #: The places whose URL leads to the storage itself, where no cache shows itself before it.
    direct: frozenset[str]
    #: How to look whether a place of the bucket is empty.
    empty: Mapping[str, Look]

    def lag(self, place: str) -> Lag:
        """Wait until the bytes are gone from a place; raise why nobody watches the place."""
        if place in self.unwatched:
            raise self.unwatched[place]
        return self.watch.lag(place)

    def came_back(self, storage: Storage) -> list[str]:
        """Return the places of the storage whose bytes were gone, and are there now."""
        return [
            place
            for place in self.emptied()
            if (place in OBJECTS and not self.empty[place]())
            or (place in self.direct and _serves(storage, self.urls[place]))
        ]

    def emptied(self) -> list[str]:
        """Return the places of the storage that were seen to be empty."""
        watched = [place for place in (*OBJECTS, *self.direct) if place not in self.unwatched]
        return [place for place in watched if self.watch.lag(place).happened]


class Removals:
    """One deleted media of each type, and one of each further kind."""

    def __init__(self, harness: Harness, given: Given) -> None:
        self._harness = harness
        self._given = given
        self._begun: dict[str, Removal | Finding] = {}
        self._since = 0.0

    def begin(self) -> None:
        """Make and delete each media, and begin to look for its bytes."""
        kinds = self._kinds()
        try:
            self._given.working.create()  # a broken server is then noticed once
        except Finding as finding:
            self._begun = dict.fromkeys(kinds, finding)
            return
        begun = parallel(self._tried, kinds.values(), within=paced)
        self._begun = dict(zip(kinds, begun, strict=True))
        self._since = time.monotonic()

    def _kinds(self) -> dict[str, Callable[[], Media]]:
        """Return what makes each media, by its name."""
        given = self._given
        kinds: dict[str, Callable[[], Media]] = {
            name: partial(given.media, name) for name in RESULTING_TYPES
        }
        kinds[LARGE] = lambda: given.media(body=sample_files.wide_png(_LARGE_BYTES))
        film = partial(sample_files.padded, "video/mp4", _LARGE_BYTES)
        kinds[LARGE_FILM] = lambda: given.media("video/mp4", film())
        kinds[SENT_TWICE] = lambda: given.completed(given.stored(given.stored_upload()))
        if "other-token" in self._harness.target.capabilities:
            kinds[OF_ANOTHER] = lambda: given.media("image/gif", caller="other")
        if "posts" in self._harness.target.capabilities:
            kinds[OF_A_POST] = self._used_in_a_post
        return kinds

    def _used_in_a_post(self) -> Media:
        media = self._given.media()
        self._given.api.create_post({"text": unique_text(), "media": [media.id]})
        return media

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the kinds: the types, and the others."""
        return iter(self._begun)

    def came_back(self, storage: Storage, age_s: float) -> list[str]:
        """Return the places of all kinds whose bytes were gone, and are there again.

        It waits until so many seconds have passed since the deletes.

        Raises:
            NotApplicable: No place was seen to be empty.
        """
        made = {kind: one for kind, one in self._begun.items() if isinstance(one, Removal)}
        if not any(removal.emptied() for removal in made.values()):
            raise NotApplicable("no place of the storage was seen to be empty")
        sleep(self._since + age_s - time.monotonic())
        return [
            f"{place} of {kind}"
            for kind, removal in made.items()
            for place in removal.came_back(storage)
        ]

    def all_begun(self) -> None:
        """Raise why a kind could not be judged at all, or why its object could not.

        Without one of `_FURTHER`, the others are judged.
        """
        for kind in self._begun.keys() - _FURTHER:
            removal = self.of(kind)
            if isinstance(removal.unwatched.get(OBJECT), Blocked):
                raise removal.unwatched[OBJECT]

    def of(self, kind: str) -> Removal:
        """Return the deleted media of a kind; raise the reason why it is missing."""
        found = self._begun[kind]
        if isinstance(found, Finding):
            raise found
        return found

    def _tried(self, make: Callable[[], Media]) -> Removal | Finding:
        try:
            return removed(self._harness, self._given, make())
        except Finding as finding:
            return finding


def removed(harness: Harness, given: Given, media: Media) -> Removal:
    """Find the places of a media's bytes, delete the media, and watch the places."""
    places = Places(harness, given, media)
    looks: dict[str, Look] = {}
    unwatched: dict[str, Finding] = {}
    for place in PLACES:
        try:
            looks[place] = places.look_at(place)
        except Finding as finding:
            unwatched[place] = finding
    given.deleted(media)
    direct = frozenset(places.direct)
    empty = {place: look for place, look in looks.items() if place in OBJECTS}
    return Removal(media, Watch(looks, GONE_BOUND_S), unwatched, places.urls, direct, empty)


class Places:
    """The places where the bytes of a media are, before it is deleted."""

    def __init__(self, harness: Harness, given: Given, media: Media) -> None:
        self._harness = harness
        self._given = given
        self._media = media
        urls = {
            MEDIA_URL: usable_url(given.fetched(media)),
            THUMBNAIL_URL: observe.thumbnail(given, media) or "",
        }
        #: The URLs of the item, by place.
        self.urls = {place: url for place, url in urls.items() if url}
        #: The URLs that lead to the storage itself.
        self.direct = {
            place for place, url in self.urls.items() if leads_to_the_storage(url, media)
        }

    def look_at(self, place: str) -> Look:
        """Return how to look whether the bytes are gone; raise why it cannot be judged."""
        if place in OBJECTS:
            key, bucket = self._key(place), self._harness.bucket
            return lambda: bucket.find(key) is None
        url, storage = self._readable(place), self._harness.storage
        return lambda: _refuses(storage, url)

    def _key(self, place: str) -> str:
        bucket = self._harness.bucket
        url = self.urls.get(MEDIA_URL, "")
        if place == THUMBNAIL_OBJECT:
            own = SignedUrl(self._own_thumbnail())
            stored = bucket.behind(own)
        else:
            observe.is_its_own(self._given, url, self._media)
            stored = backing(bucket, url, self._media)
        if stored is not None:
            return stored.key
        if place == THUMBNAIL_OBJECT or MEDIA_URL in self.direct:
            raise NotApplicable(
                "the bytes are not in this bucket: the case of media_url judges them"
            )
        raise Blocked(limit="neither upload_url nor media_url names an object that the bucket has")

    def _readable(self, place: str) -> str:
        """Return a URL that gives bytes and is not that of another item."""
        if place not in self.urls:
            raise NotApplicable(f"the item has no {place} that gives bytes")
        url = self.urls[place]
        if place == THUMBNAIL_URL:
            self._own_thumbnail()
        else:
            observe.is_its_own(self._given, url, self._media)
        shown = read_in_time(self._harness.storage, url)
        if not shown.succeeded and place == THUMBNAIL_URL:
            # A worker may not have made it yet: then a delete has nothing to remove.
            raise NotApplicable("thumbnail_url gives no bytes so far: see FH-GET-17")
        if not shown.succeeded:
            raise Blocked(limit=f"{place} gives no bytes: see FH-PUT-04")
        if came_through_a_cache(shown):
            self.direct.discard(place)
        return url

    def _own_thumbnail(self) -> str:
        """Return thumbnail_url, if other items of the type have another thumbnail."""
        url = self.urls.get(THUMBNAIL_URL, "")
        if not url:
            raise NotApplicable("the item has no thumbnail_url")
        other = self._given.shared.sample(self._media.content_type)
        if SignedUrl(url).path == SignedUrl(observe.thumbnail(self._given, other) or "").path:
            raise NotApplicable("other items have the same thumbnail")
        return url


def backing(bucket: Bucket, url: str, media: Media) -> StoredObject | None:
    """Return a media's object: the one of media_url, otherwise the upload's.

    A server may copy the upload to another key, and let a rule of the bucket delete the
    upload.
    """
    return bucket.behind(SignedUrl(url)) or bucket.behind(media.upload.signed)


def leads_to_the_storage(url: str, media: Media) -> bool:
    """Whether a URL is signed for the host that took the upload."""
    own = SignedUrl(url)
    return own.signed and own.host == media.upload.signed.host


def _serves(storage: Storage, url: str) -> bool:
    """Whether a URL gives bytes."""
    try:
        return storage.read(url).succeeded
    except Blocked:
        return False


def _refuses(storage: Storage, url: str) -> bool:
    """Whether a URL is refused: a lost answer does not show that the bytes are gone."""
    try:
        return is_refused(storage.read(url))
    except Blocked:
        return False
