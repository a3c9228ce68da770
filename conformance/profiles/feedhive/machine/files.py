"""The files of items: read once, read again after a delete, and told apart by their bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.harness.sight import Look, seen
from conformance.judge.finding import Blocked, Violation, precondition
from conformance.model.signed_url import SignedUrl
from conformance.profiles.feedhive.files import came_through_a_cache
from conformance.profiles.feedhive.machine.effects import CALLERS, MODEL
from conformance.profiles.feedhive.machine.model import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.machine.model import Item, Model
    from conformance.profiles.feedhive.machine.world import World

_FIELDS = ("media_url", "thumbnail_url")


def keep_files(world: World, model: Model, item: Item, shown: Exchange) -> None:
    """Note the objects that an answer shows of an item, and read its file the first time.

    Args:
        world: What the sequence acts with.
        model: What the sequence expects.
        item: The item, which keeps what is noted.
        shown: The answer that shows it.

    Raises:
        Blocked: By FH-LIFECYCLE-01 or -03 when the file is that of another upload.
    """
    urls = {name: shown.at("data", name) for name in _FIELDS}
    for name, url in urls.items():
        key = world.key(url)
        if key:
            item.objects.setdefault(key, "")
            item.members.add(name)
    item.file_key = world.key(urls["media_url"]) or item.file_key
    file_url = urls["media_url"]
    if item.file_url or not isinstance(file_url, str):
        return
    exchange = read(world, file_url)
    if exchange is None or not exchange.succeeded or exchange.response is None:
        return  # the cases of media_url judge that
    found = digest(exchange.response.body)
    item.file_url, item.file_digest = file_url, found
    if model.belongs_elsewhere(item, found):
        owner = model.bodies[found].upload.caller
        with precondition(MODEL if owner == item.caller else CALLERS):
            raise Violation(
                f"the file of {item.id}", "media_url gives that of another upload", exchange
            )


def reread(world: World, model: Model, item: Item, row: str) -> None:
    """Judge that the file of a live item is still there, by the URL that gave it before.

    A server may move a file, for example when it was processed: then the item names the new URL.
    Bytes that changed are a finding only if they are nothing, those of another upload, or those
    of another picture than the file showed before: a server may encode a file again.

    Args:
        world: What the sequence acts with.
        model: What the sequence expects.
        item: The item whose file is read.
        row: The requirement that a lost file breaks.

    Raises:
        Blocked: By the requirement when the file is gone.
    """
    if not item.file_url or item.replaced:
        return
    exchange = read(world, item.file_url)
    if exchange is None or exchange.response is None:
        return
    if not exchange.succeeded and _is_elsewhere(world, model, item):
        return
    with precondition(row):
        wanted = f"the file of {item.id} to stay"
        if not exchange.succeeded:
            raise Violation(wanted, f"it is gone: {exchange.status}", exchange)
        found = digest(exchange.response.body)
        if found != item.file_digest and not exchange.response.body:
            raise Violation(wanted, "it is empty now", exchange)
        if found != item.file_digest and model.belongs_elsewhere(item, found):
            raise Violation(wanted, "it is that of another upload now", exchange)
        body = item.session.upload.body
        if item.file_digest == digest(body) and seen(body, exchange.response.body) is Look.ANOTHER:
            raise Violation(wanted, "it shows something else now", exchange)


def _is_elsewhere(world: World, model: Model, item: Item) -> bool:
    """Whether an item names another URL now, which gives a file; the item then has that one."""
    shown = world.api.get_media(item.id, caller=item.caller)
    url = shown.at("data", "media_url")
    exchange = read(world, url) if isinstance(url, str) and url != item.file_url else None
    if exchange is None or not exchange.succeeded or exchange.response is None:
        return False
    found = digest(exchange.response.body)
    if not exchange.response.body or model.belongs_elsewhere(item, found):
        return False
    item.file_url, item.file_digest = str(url), found
    item.file_key = world.key(url) or item.file_key
    return True


def follow(
    world: World, item: Item, objects: Collection[str], listed: Callable[[], Collection[str] | None]
) -> None:
    """Take over the objects that an item names now, if the server moved them in the bucket.

    Args:
        world: What the sequence acts with.
        item: The item, which keeps what it names now and what is still there.
        objects: The keys of a listing that lacks an object of the item.
        listed: Lists the bucket again: an object that is named now may be newer than `objects`.
    """
    shown = world.api.get_media(item.id, caller=item.caller)
    keys = {name: key for name in _FIELDS if (key := world.key(shown.at("data", name)))}
    named = set(keys.values())
    if not named <= set(objects):
        objects = listed() or objects
    gone = set(item.objects) - set(objects)
    if item.members <= set(keys) and not named & gone and named <= set(objects):
        stays = {key: tag for key, tag in item.objects.items() if key not in gone}
        item.objects = {**dict.fromkeys(named, ""), **stays}
        item.file_key = keys.get("media_url", item.file_key)


def read(world: World, url: str) -> Exchange | None:
    """Read a URL as a browser would, or return None when its host cannot be reached from here."""
    try:
        found: Exchange = world.storage.read(url)
    except Blocked:
        return None
    return found


def places(world: World, model: Model, item: Item) -> set[str]:
    """Return the places that the delete of an item must empty.

    They are keys of the bucket; without its credentials the URL of the file, if it leads to the
    host of the upload URL, where no cache can answer. A placeholder of several items may stay.
    """
    if item.replaced:
        return set()
    if world.bucket is not None and world.listable:
        return model.own_objects(item)
    at_home = SignedUrl(item.file_url).host == item.session.upload.signed.host
    return {item.file_url} if item.file_url and at_home else set()


def forget_emptied(world: World, objects: Collection[str] | None) -> None:
    """Forget the owed places that are empty now; an error of the storage does not show that.

    Args:
        world: What the sequences share.
        objects: The keys in the bucket; None where it cannot be listed.
    """
    for owed in list(world.owed.values()):
        if owed.is_url:
            exchange = read(world, owed.place)
            owed.serves = exchange is not None and exchange.succeeded
            kept = (
                exchange is not None and not exchange.refuses and not came_through_a_cache(exchange)
            )
        else:
            kept = objects is not None and owed.place in objects
        if not kept:
            del world.owed[owed.place]
