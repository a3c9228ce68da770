"""Judges the state of a library after a request: its answer alone proves only half of a promise."""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from conformance.harness.bounds import sleep
from conformance.harness.lag import GONE_BOUND_S, Watch
from conformance.judge import expect
from conformance.judge.finding import Blocked, Violation, precondition
from conformance.model.signed_url import SignedUrl
from conformance.profiles.feedhive.files import usable_url
from conformance.profiles.feedhive.kept_files import files_kept, readable_files
from conformance.profiles.feedhive.library import (
    DEFAULT_LIMIT,
    FIRST_WATCH_S,
    LIST,
    LISTED_WITHIN_S,
    MAXIMUM_LIMIT,
    WATCH_S,
    WHOLE_WALK_BOUND,
    ends_late,
    listed_items,
    page_of,
    recent_pages,
    settle,
    walk,
)
from conformance.profiles.feedhive.stale_reads import GIVEN_AGAIN
from conformance.profiles.feedhive.totals import SHARED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.harness.bucket import Bucket
    from conformance.harness.storage import Storage
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.library import Page
    from conformance.profiles.feedhive.upload import Media, Upload

_LOOK_S = 0.2
_COMPANY = "other clients change the library: test with a caller that nobody else uses"


def listed(api: Api, media: Media, caller: str = "main") -> bool:
    """Whether a media item is in a caller's list."""
    return media.id in listed_items(api, caller=caller)


def visible_ids(api: Api, caller: str = "main") -> set[str]:
    """Return the ids among which a new one would be: all, or the newest of a large library."""
    return set(listed_items(api, caller=caller))


def known_ids(api: Api, caller: str = "main") -> set[str]:
    """Return the ids that cannot be new from now on: a list that is behind may lack some.

    What was deleted is new again where it comes back.
    """
    settle(api)
    return visible_ids(api, caller) | api.reads.living(caller)


@contextmanager
def no_new_media(api: Api, *callers: str) -> Iterator[None]:
    """Judge that the requests inside create no media, for any of the callers.

    A violation inside comes first, since it says more than its effect. Where ids come and go
    by themselves, other clients use the library and nothing is proven.
    """
    names = callers or ("main",)
    before = {caller: known_ids(api, caller) for caller in names}
    yield
    for caller in names:
        fresh = _fresh(api, before[caller], caller)
        deadline = time.monotonic() + LISTED_WITHIN_S
        # A list that is behind may still show what was deleted.
        while fresh and time.monotonic() < deadline:
            if not all(api.reads.is_deleted(one, caller) for one in fresh):
                break
            sleep(_LOOK_S)
            fresh = _fresh(api, before[caller], caller)
        if fresh:
            left_alone(api, caller)
            expect.violated("no new media", f"the list now has {', '.join(sorted(fresh))}")


def new_ids(api: Api, before: set[str]) -> set[str]:
    """Return the ids that are listed now and were not before; waits for the first of them.

    What other cases completed is left out. `before` are the `known_ids`.
    """
    deadline = time.monotonic() + LISTED_WITHIN_S
    while not (first := _fresh(api, before)) and time.monotonic() < deadline:
        sleep(_LOOK_S)
    settle(api)
    return first | _fresh(api, before)


def _fresh(api: Api, before: set[str], caller: str = "main") -> set[str]:
    return api.completions.not_of_others(visible_ids(api, caller) - before)


def objects_gone(bucket: Bucket, names: Mapping[str, str]) -> None:
    """Judge that objects leave the bucket within the bound; `names` says of what each key is."""
    looks = {key: partial(_left, bucket, key) for key in names}
    watch = Watch(looks, GONE_BOUND_S)
    kept = sorted({name for key, name in names.items() if not watch.lag(key).happened})
    actual = f"that of a deleted {', '.join(kept)} is still there"
    expect.that(not kept, f"the object to be gone within {GONE_BOUND_S:.0f} seconds", actual)


def _left(bucket: Bucket, key: str) -> bool:
    return bucket.find(key) is None


# The callers of each api whose libraries were watched, and whether others change them.
_company: WeakKeyDictionary[Api, dict[str, bool]] = WeakKeyDictionary()


def left_alone(api: Api, caller: str = "main") -> None:
    """Raise `Blocked` when items come and go that this run did not make, or once did."""
    if api.shared:
        raise Blocked(limit=SHARED)
    known = _company.setdefault(api, {})
    seen = _of_outsiders(api, caller)
    deadline = time.monotonic() + (WATCH_S if caller in known else FIRST_WATCH_S)
    while time.monotonic() < deadline and not known.get(caller):
        sleep(_LOOK_S)
        known[caller] = _of_outsiders(api, caller) != seen
    if known.get(caller):
        raise Blocked(limit=_COMPANY)


def _of_outsiders(api: Api, caller: str) -> set[str]:
    return api.completions.of_outsiders(visible_ids(api, caller))


@contextmanager
def undisturbed(api: Api, caller: str = "main") -> Iterator[None]:
    """Turn a violation inside into `Blocked` if items of other clients came or went.

    Where other shards use the library, theirs may come and go between two looks.
    """
    settle(api)
    before = visible_ids(api, caller)
    try:
        yield
    except (Violation, Blocked) as finding:
        if isinstance(finding, Blocked) and finding.violation is None:
            raise
        if api.shared:
            raise Blocked(limit=SHARED) from finding
        changed = visible_ids(api, caller) ^ before
        if any(not api.made(media_id) for media_id in changed):
            raise Blocked(limit=_COMPANY) from finding
        raise


def refused_twice(api: Api, upload: Upload) -> None:
    """Judge that a session cannot be completed, also not at a second try."""
    for _ in range(2):
        expect.refused(api.complete_upload(upload.id, caller=upload.caller))


def of_its_own(api: Api, media_id: str) -> None:
    """Raise `Blocked` if the id of a deleted item may be that of another item by now."""
    api.completions.wait()
    if api.reads.is_given_again(media_id):
        raise Blocked(limit=GIVEN_AGAIN)


def gone(api: Api, media_id: str) -> None:
    """Judge that a media item cannot be fetched any more.

    Raises:
        Blocked: Another item has the id now.
    """
    exchange = api.get_media(media_id)
    if exchange.succeeded:
        of_its_own(api, media_id)
    expect.answered(exchange)
    expect.that(
        not exchange.succeeded and exchange.status is not None and exchange.status < 500,  # noqa: PLR2004 - the 5xx class
        "the item to be gone (4xx)",
        lambda: f"fetching it answered {exchange.summary()}",
        exchange,
        {"statuses": [[300, 499]]},
    )


def nothing_given(exchange: Exchange) -> None:
    """Judge that an answer is not a success and holds no upload, item or URL."""
    expect.not_accepted(exchange)
    gives = gives_something(exchange)
    expect.that(
        not gives, "no data in the refusal", lambda: f"it was {exchange.summary()}", exchange
    )


def gives_something(exchange: Exchange) -> bool:
    """Whether an answer holds an upload, an item, a list or a URL."""
    data: Any = exchange.at("data")
    names = ("upload_id", "upload_url", "items", "id", "media_url")
    return isinstance(data, dict) and any(data.get(name) for name in names)


def is_its_own(given: Given, url: str, media: Media) -> None:
    """Show that media_url is not that of another item of the caller; `Blocked` otherwise."""
    with precondition("FH-LIST-01"):
        page = page_of(given.api.list_media(limit=MAXIMUM_LIMIT, caller=media.upload.caller))
    others = [item.get("media_url") for item in page.items if item.get("id") != media.id]
    if url and SignedUrl(url).path in {SignedUrl(str(other or "")).path for other in others}:
        raise Blocked(limit="media_url is also that of another item: see FH-PUT-04")


def times_listed(api: Api, media_id: str) -> int:
    """Return how often a walk shows an id."""
    with precondition("FH-LIST-01"):
        return sum(page.ids.count(media_id) for page in recent_pages(api))


def each_once(met: list[str], made: set[str]) -> None:
    """Judge that a walk showed every item that was made, and no item twice."""
    repeated = sorted({media_id for media_id in met if met.count(media_id) > 1})
    expect.that(not repeated, "no item twice", f"{', '.join(repeated[:3])} came again")
    lost = sorted(made - set(met))
    actual = f"{len(lost)} are missing, for example {', '.join(lost[:3])}"
    expect.that(not lost, "every item", actual)


def ids_until_met(pages: Iterator[Page], wanted: set[str]) -> list[str]:
    """Return the ids of the pages; in a large library only until all wanted ids were shown."""
    return _ids(_until_met(pages, wanted))


def _until_met(pages: Iterator[Page], wanted: set[str]) -> list[Page]:
    read: list[Page] = []
    for page in pages:
        read.append(page)
        if page.total > WHOLE_WALK_BOUND and wanted <= set(_ids(read)):
            break
    return read


def _ids(pages: list[Page]) -> list[str]:
    return [media_id for page in pages for media_id in page.ids]


def complete_walk(api: Api, limit: int | None, made: set[str]) -> None:
    """Judge that a walk with a limit shows every item that was made, and no item twice.

    In a large library the walk ends as soon as it has shown them.
    """
    with undisturbed(api):
        pages = _until_met(walk(api, limit=limit), made)
        ends_late(pages, made, limit or DEFAULT_LIMIT)
        each_once(_ids(pages), made)


def dividing_limit(api: Api, given: Given) -> int:
    """Return a limit that divides the library, so that the last page is full.

    A large library is read in the largest pages.
    """
    with precondition(LIST):
        if page_of(api.list_media(limit=1)).total > WHOLE_WALK_BOUND:
            return MAXIMUM_LIMIT
    for _ in range(4):
        count = len(listed_items(api))
        divisors = [limit for limit in range(10, MAXIMUM_LIMIT + 1) if count % limit == 0]
        if divisors:
            return divisors[0]
        given.media()
    return 1


def thumbnail(given: Given, media: Media) -> str | None:
    """Return an item's thumbnail_url, which may appear only in the second answer."""
    looks = (usable_url(given.fetched(media), "thumbnail_url") for _ in range(2))
    return next((url for url in looks if url), None)


def met(api: Api, media_id: str, caller: str = "main") -> bool:
    """Whether an item is in a caller's list; reads pages only until the item is found.

    It reads the list twice, since pages shift while other cases delete.
    """
    with precondition("FH-LIST-01"):
        return any(media_id in page.ids for _ in range(2) for page in walk(api, caller=caller))


@contextmanager
def untouched(api: Api, storage: Storage, media: Media, given: Given) -> Iterator[Media]:
    """Judge that the requests inside leave an item as it was: fetched, listed, with its bytes.

    Args:
        api: The API under test.
        storage: What reads the files.
        media: The item.
        given: What fetches the item first.
    """
    caller = media.upload.caller
    files = readable_files(storage, given.fetched(media))
    was_listed = met(api, media.id, caller)
    yield media
    expect.success(api.get_media(media.id, caller=caller))
    if was_listed:
        given.in_time(
            lambda: expect.that(
                met(api, media.id, caller), "the item to stay listed", "it is not listed any more"
            )
        )
    files_kept(given, storage, media, files)
