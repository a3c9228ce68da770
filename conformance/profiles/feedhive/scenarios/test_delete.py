"""DELETE /media/{id}."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from conformance.harness.bounds import sleep
from conformance.harness.concurrency import parallel
from conformance.harness.retry import even_if_lost
from conformance.judge import expect
from conformance.judge.finding import Blocked, NotApplicable, Violation, precondition
from conformance.knowledge.bounds import COUNTED_S
from conformance.knowledge.moment import agrees
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.expiry import DELETED_LATE
from conformance.profiles.feedhive.filename import alike, media_called
from conformance.profiles.feedhive.library import listed_items
from conformance.profiles.feedhive.media_id import (
    in_another_case,
    is_of_one_thing,
    nearly,
    not_given_again,
)
from conformance.profiles.feedhive.totals import current_total, total
from conformance.profiles.feedhive.upload import Media
from conformance.suite.marks import exclusive, requirement, two_libraries, waits

if TYPE_CHECKING:
    from conformance.harness.expiring import Expiring
    from conformance.harness.storage import Storage
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given, Removed
    from conformance.profiles.feedhive.upload import Upload

_AT_ONCE = 6
# So many seconds after its delete, a media is back if a late worker saved it again.
_BACK_S = 2.5
_LOOKED_FOR = 20
# None of them is a pattern that could match an id: a server that reads ids as patterns
# would delete the items of other clients.
_BAD_IDS = {
    "two dots": "..",
    "percent sign": "%zz-no-such-media",
    "quote": "'",
    "accents": "é/ü",
    "very long": "a" * 3_000,
    "null": "null",
    "blank": " ",
    "NUL": "med_\0",
    "not UTF-8": "med_\ufffd",
    "line break": "med_\n",
    "emoji": "med_\U0001f305",
}


@requirement("FH-DELETE-01")
def test_delete_answers_with_the_deleted_item(api: Api, given: Given) -> None:
    media = given.media()
    given.fetched(media)

    exchange = api.delete_media(media.id)

    with given.causes.of_failed_delete(media, exchange):
        expect.success(exchange)
        expect.equal(exchange.at("data", "id"), media.id, "`data.id`", exchange)


@requirement("FH-DELETE-01")
def test_delete_takes_a_media_of_each_type(api: Api, given: Given) -> None:
    given.working.delete()
    doomed = given.of_each_type()

    exchanges = parallel(lambda media: api.delete_media(media.id), doomed)

    for media, exchange in zip(doomed, exchanges, strict=True):
        expect.success(exchange)
        expect.equal(exchange.at("data", "id"), media.id, "`data.id`", exchange)


@requirement("FH-DELETE-01")
@waits
def test_a_media_can_be_deleted_when_its_session_has_expired(
    expiring: Expiring[Upload], given_expiring: Given
) -> None:
    given_expiring.working.delete()
    media = Media.of(expiring.also_expired(DELETED_LATE))
    given_expiring.fetched(media)

    exchange = given_expiring.api.delete_media(media.id)

    expect.success(exchange)
    with precondition("FH-DELETE-02"):
        observe.gone(given_expiring.api, media.id)


@requirement("FH-DELETE-02")
def test_a_deleted_media_cannot_be_fetched(api: Api, given: Given) -> None:
    media = given.media()
    given.fetched(media)

    given.deleted(media)

    observe.gone(api, media.id)


@requirement("FH-DELETE-19")
def test_the_first_fetch_and_list_show_no_deleted_media(api: Api, given: Given) -> None:
    media = given.media()
    given.fetched(media)
    listed_items(api)  # a cache may keep these answers

    given.deleted(media)

    exchange, ids = api.get_media(media.id, at_once=True), observe.visible_ids(api)
    with precondition("FH-DELETE-02"):
        observe.gone(api, media.id)
    with precondition("FH-DELETE-03"):
        given.in_time(lambda: _not_listed(api, media.id))
    expect.refused(exchange)
    expect.that(media.id not in ids, "the deleted media not to be listed", "it is listed")


@requirement("FH-DELETE-02")
@waits
def test_a_deleted_media_does_not_come_back(api: Api, given: Given) -> None:
    gone = [one for one in given.removed if api.reads.is_deleted(one.media.id)]
    long_ago = [one for one in gone if time.monotonic() - one.at > _BACK_S]
    if not long_ago:
        given.deleted(given.media())
        sleep(_BACK_S)
        long_ago = given.removed[-1:]
    looked_for = long_ago[:_LOOKED_FOR]

    def is_nobody_elses(removal: Removed) -> bool:
        """Whether no other case got the id since: a server may give it again."""
        api.completions.wait()
        media_id = removal.media.id
        is_its_own = api.reads.is_deleted(media_id, by=removal.at)
        return is_its_own and not api.reads.is_given_again(media_id)

    def stays_gone(removal: Removed) -> None:
        try:
            observe.gone(api, removal.media.id)
        except (Violation, Blocked):
            if is_nobody_elses(removal):
                raise

    parallel(stays_gone, looked_for)

    visible = observe.visible_ids(api)
    seen = [one for one in looked_for if one.media.id in visible]
    back = {one.media.id for one in filter(is_nobody_elses, seen)}
    expect.that(not back, "no deleted media in the list", f"it has {', '.join(sorted(back))}")


@requirement("FH-DELETE-03")
def test_a_deleted_media_is_not_listed(api: Api, given: Given) -> None:
    media = given.media()

    given.deleted(media)

    given.in_time(lambda: _not_listed(api, media.id))


@requirement("FH-DELETE-04")
@exclusive
def test_the_total_shrinks_with_a_delete(api: Api, given: Given, owner: str) -> None:
    given.working.growing_list()
    doomed = [given.media(kind, caller=owner) for kind in ("image/png", "video/mp4")]
    with observe.undisturbed(api, owner):
        for media in doomed:
            before = current_total(api, owner)

            given.deleted(media)

            fewer = partial(_counts, api, owner, before - 1)
            given.in_time(fewer, COUNTED_S)


@requirement("FH-DELETE-05")
def test_a_second_delete_is_refused(api: Api, given: Given) -> None:
    media = given.deleted(given.media())

    with not_given_again(api.completions, media.id):
        if not is_of_one_thing(media.id):
            with precondition("FH-DELETE-02"):
                observe.gone(api, media.id)
        exchange = api.delete_media(media.id)

    expect.refused(exchange)


@requirement("FH-DELETE-08")
@exclusive
def test_the_neighbours_records_survive(api: Api, given: Given, owner: str) -> None:
    given.working.get()
    body = given.genuine("image/png")  # also a file that is there twice is two items
    first, media = parallel(lambda _: given.media(body=body, caller=owner), range(2))
    neighbours = [first, *alike(given, media)]
    with observe.undisturbed(api, owner):
        before = set(listed_items(api, caller=owner))

        given.deleted(media)

        def stay() -> None:
            lost = sorted(before - set(listed_items(api, caller=owner)) - {media.id})
            expect.that(not lost, "every other item to stay", f"{', '.join(lost)} is gone too")

        given.in_time(stay)
        for exchange in parallel(lambda one: api.get_media(one.id, caller=owner), neighbours):
            expect.success(exchange)


@requirement("FH-DELETE-10")
@two_libraries
def test_another_caller_cannot_delete_the_media(api: Api, given: Given, storage: Storage) -> None:
    given.working.list(caller="other")
    others = parallel(given.media, ["image/jpeg", "image/gif", "video/mp4"])
    with observe.untouched(api, storage, given.media(), given) as media:
        for one in (media, *others):
            exchange = api.delete_media(one.id, caller="other")

            observe.nothing_given(exchange)
            expect.refused(exchange)
        if is_of_one_thing(media.upload.id):  # it may be the id of another session's media
            observe.nothing_given(api.delete_media(media.upload.id, caller="other"))
    for one in others:
        expect.success(api.get_media(one.id))


@requirement("FH-DELETE-11")
@pytest.mark.parametrize("shape", ["plausible", "slashed", "an upload id"])
def test_delete_refuses_an_unknown_id(api: Api, given: Given, shape: str) -> None:
    given.working.delete()
    token, upload = uuid4().hex, given.working.create()
    unknown = {
        "plausible": f"med_{token}",
        "slashed": f"med_{token[:4]}/{token[4:]}",
        "an upload id": upload.id,
    }[shape]
    if unknown == upload.id and not is_of_one_thing(upload.id):
        raise NotApplicable("a short upload id may also be that of a media")

    exchange = api.delete_media(unknown)

    expect.refused(exchange)


@requirement("FH-DELETE-10")
@two_libraries
def test_another_caller_cannot_delete_by_an_id_in_another_letter_case(
    api: Api, given: Given, storage: Storage
) -> None:
    given.working.list(caller="other")
    with observe.untouched(api, storage, given.media(), given) as media:
        exchange = api.delete_media(in_another_case(media.id), caller="other")

        observe.nothing_given(exchange)


@requirement("FH-DELETE-11")
def test_an_id_in_another_letter_case_deletes_no_other_item(api: Api, given: Given) -> None:
    given.working.get()
    media, neighbour = given.media(), given.media()

    exchange = api.delete_media(in_another_case(media.id))

    if exchange.succeeded:  # a UUID is the same in any case
        same = str(exchange.at("data", "id")).casefold() == media.id.casefold()
        actual = f"it deleted {expect.shown(exchange.at('data', 'id'))}"
        expect.that(same, "a refusal, or the item itself", actual, exchange)
    else:
        expect.refused(exchange)
        expect.success(api.get_media(media.id))
    expect.success(api.get_media(neighbour.id))


@requirement("FH-DELETE-11")
@pytest.mark.parametrize("shape", ["cut short", "longer", "any letter", "any beginning"])
def test_delete_refuses_what_is_nearly_an_id(api: Api, given: Given, shape: str) -> None:
    media = given.media()
    given.fetched(media)
    asked = nearly(media.id, shape)
    if not is_of_one_thing(media.id) or not _names_nothing(api, asked):
        raise NotApplicable("an id that is nearly ours may be the id of another item")

    exchange = api.delete_media(asked)

    expect.refused(exchange)
    expect.success(api.get_media(media.id))


@requirement("FH-DELETE-12")
def test_delete_takes_an_id_with_slashes_percent_encoded(api: Api, given: Given) -> None:
    media = given.media()
    if "/" not in media.id:
        raise NotApplicable("the ids of this server have no slash")

    exchange = api.delete_media(media.id)

    expect.success(exchange)
    observe.gone(api, media.id)


@requirement("FH-DELETE-13")
def test_concurrent_deletes_answer_cleanly(api: Api, given: Given) -> None:
    given.working.delete()
    media = given.media()

    delete = lambda _: even_if_lost(lambda: api.delete_media(media.id))  # noqa: E731
    with not_given_again(api.completions, media.id):
        exchanges = parallel(delete, range(_AT_ONCE))

    for exchange in exchanges:
        expect.not_a_server_error(exchange)
    observe.gone(api, media.id)


@requirement("FH-DELETE-14")
@pytest.mark.parametrize("media_id", _BAD_IDS.values(), ids=_BAD_IDS)
def test_delete_of_a_bad_id_is_no_server_error(api: Api, given: Given, media_id: str) -> None:
    given.working.delete()

    exchange = api.delete_media(media_id)

    expect.not_a_server_error(exchange)


@requirement("FH-DELETE-16")
def test_the_deleted_item_is_returned_as_it_was(api: Api, given: Given) -> None:
    given.working.delete()
    media = given.media("image/gif")
    before = given.fetched(media)

    exchange = api.delete_media(media.id)

    with precondition("FH-DELETE-01"):
        expect.success(exchange)
    for name in ("type", "mime_type", "created_at"):
        was, now = before.at("data", name), exchange.at("data", name)
        if was is not None and not agrees(now, was):  # null may have got a value
            expect.equal(now, was, f"`data.{name}`", exchange)


@requirement("FH-DELETE-16")
def test_the_deleted_item_has_its_declared_type_whatever_the_filename(
    api: Api, given: Given
) -> None:
    given.working.delete()
    media = media_called(f"conformance-{uuid4().hex[:8]}.gif", "image/png", api, given)
    given.fetched(media)

    exchange = api.delete_media(media.id)

    with precondition("FH-DELETE-01"):
        expect.success(exchange)
    kind = exchange.at("data", "type")
    expect.that(
        kind in {None, "image"}, "`data.type` to be image", f"it is {expect.shown(kind)}", exchange
    )


def _counts(api: Api, caller: str, wanted: int) -> None:
    expect.equal(total(api, caller), wanted, "`data.total` after the delete")


def _not_listed(api: Api, media_id: str) -> None:
    times = observe.times_listed(api, media_id)
    if times:
        observe.of_its_own(api, media_id)
    expect.that(times == 0, "the deleted media not to be listed", f"it is listed {times} times")


def _names_nothing(api: Api, media_id: str) -> bool:
    """Whether an id names no item: the kit may delete only its own items."""
    exchange = api.get_media(media_id)
    if exchange.succeeded and exchange.at("data", "id") == media_id:
        return False
    with precondition("FH-GET-09"):
        expect.refused(exchange)
    return True
