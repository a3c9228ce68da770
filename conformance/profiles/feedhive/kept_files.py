"""The bytes of files that must stay: read again, and compared by what they show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.harness.concurrency import parallel
from conformance.harness.sight import Look, compared, may_be_the_same, why_unknown
from conformance.judge import expect
from conformance.judge.finding import Blocked, Violation
from conformance.knowledge.stored import kind_of
from conformance.model.signed_url import SignedUrl
from conformance.profiles.feedhive.files import URLS, still_there, usable_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.harness.bucket import Bucket, StoredObject
    from conformance.harness.storage import Storage
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.upload import Media


def readable_files(storage: Storage, *shown: Exchange) -> dict[str, Exchange]:
    """Return the answers of the URLs of files and thumbnails of the shown items, by URL.

    URLs that give no bytes are left out.
    """
    urls = [usable_url(item, field) for item in shown for field in URLS]
    asked = list(dict.fromkeys(filter(None, urls)))
    found = parallel(lambda url: readable_at(storage, url), asked)
    return {url: exchange for url, exchange in zip(asked, found, strict=True) if exchange}


def readable_at(storage: Storage, url: str) -> Exchange | None:
    """Return the answer of a URL; None if it gives no bytes, or cannot be reached."""
    try:
        exchange = storage.read(url)
    except Blocked:  # its host cannot be reached from here
        return None
    return exchange if exchange.succeeded else None


def shows_the_same(origin: bytes, was: bytes, now: bytes) -> Look:
    """Return whether a file still shows what it showed.

    A server may process a file at any time, and shows a placeholder until it has. So a file shows
    another picture only if it showed the upload before.

    Args:
        origin: The upload that it is made of.
        was: The bytes that were read before.
        now: The bytes that were read again.
    """
    look = compared(was, now)
    if look is not Look.ANOTHER or not may_be_the_same(was, now):
        return look
    if compared(origin, now) is Look.SAME:
        return Look.SAME
    return Look.ANOTHER if compared(origin, was) is Look.SAME else Look.UNKNOWN


def bytes_kept(storage: Storage, origin: bytes, before: Mapping[str, Exchange]) -> None:
    """Judge that URLs which gave bytes still give them, or their processed file.

    Bytes of the same kind have the same content type. Raises `Blocked` at the end if bytes
    changed, and what they show cannot be compared.
    """
    unknown = b""
    for earlier, exchange in zip(before.values(), parallel(storage.read, before), strict=True):
        still_there(exchange)
        was, now = body_of(earlier), body_of(exchange)
        look = shows_the_same(origin, was, now)
        other = look is Look.ANOTHER
        expect.that(not other, "the bytes to stay", "they are other bytes now", exchange)
        unknown = now if look is Look.UNKNOWN else unknown
        kept = exchange.content_type == earlier.content_type or kind_of(was) != kind_of(now)
        actual = f"it was {earlier.content_type} and is {exchange.content_type}"
        expect.that(kept, "the content type of the bytes to stay", actual, exchange)
    if unknown:
        raise Blocked(limit=why_unknown(unknown))


def files_kept(
    given: Given, storage: Storage, media: Media, before: Mapping[str, Exchange]
) -> None:
    """Judge that the files of an item are still served, or others that the item names now.

    A server may move a file, for example when it was processed, and sign URLs for a short time.
    """
    try:
        bytes_kept(storage, media.upload.body, before)
    except Violation:
        shown = given.api.get_media(media.id, caller=media.upload.caller)
        now = readable_files(storage, shown)
        named = [_place(url) for url in now]
        origin = media.upload.body
        lost = [
            _place(url)
            for url, was in before.items()
            if not any(_serves(storage, one, origin, was) for one in [url, *_renewed(url, now)])
        ]
        if len(now) < len(before) or any(place in named for place in lost):
            raise


def _renewed(url: str, now: Iterable[str]) -> list[str]:
    """Return the URLs of now that lead to the place of an earlier one."""
    return [one for one in now if _place(one) == _place(url)]


def _place(url: str) -> tuple[str, str]:
    return SignedUrl(url).host, SignedUrl(url).path


def _serves(storage: Storage, url: str, origin: bytes, was: Exchange) -> bool:
    exchange = storage.read(url)
    look = shows_the_same(origin, body_of(was), body_of(exchange))
    return exchange.succeeded and look is not Look.ANOTHER


def body_of(exchange: Exchange) -> bytes:
    """Return the body of an answer, or nothing if there is no answer."""
    return exchange.response.body if exchange.response else b""


def objects_kept(bucket: Bucket, before: Mapping[str, StoredObject]) -> None:
    """Judge that the bucket still holds objects as they were, by key.

    Raises `Blocked` at the end if bytes changed, and what they show cannot be compared.
    """
    unknown = b""
    for key, now in zip(before, parallel(bucket.find, before), strict=True):
        was = before[key]
        wanted = "the object of another media item to stay in the bucket"
        expect.that(now, wanted, f"{key} is gone")
        if now is not None:
            look = compared(was.body, now.body) if was.body else Look.ANOTHER
            same = now.sha256 == was.sha256
            unknown = now.body if look is Look.UNKNOWN and not same else unknown
            expect.that(same or look is not Look.ANOTHER, wanted, f"{key} has other bytes now")
            actual = f"{key} was {was.content_type} and is {now.content_type}"
            kept = now.content_type == was.content_type or kind_of(was.body) != kind_of(now.body)
            expect.that(kept, wanted, actual)
    if unknown:
        raise Blocked(limit=why_unknown(unknown))
