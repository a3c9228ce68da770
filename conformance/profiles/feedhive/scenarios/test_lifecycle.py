"""The whole lifecycle, in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.harness import sample_files
from conformance.harness.concurrency import parallel
from conformance.harness.links import follow
from conformance.judge import expect
from conformance.judge.finding import NotApplicable, precondition
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.files import url_of
from conformance.profiles.feedhive.given import unique_filename
from conformance.profiles.feedhive.library import MAXIMUM_LIMIT, listed_items, page_of
from conformance.profiles.feedhive.links import LinkGuide
from conformance.profiles.feedhive.machine.search import REPLAYS
from conformance.profiles.feedhive.machine.search import search as searched_by_moves
from conformance.profiles.feedhive.machine.world import World
from conformance.profiles.feedhive.totals import current_total, total
from conformance.suite.marks import (
    exclusive,
    generated,
    lifecycle,
    machine,
    requirement,
    search,
    tried,
    two_libraries,
    waits,
)

if TYPE_CHECKING:
    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.machine.waiting import Waiting

# How many sequences the machine plays in a library of its own, and with moves beside other cases,
# and how often it repeats a failing one to shorten it.
_ALONE = {"quick": 1, "standard": 1, "thorough": 10}
_BESIDE = {"standard": 1, "thorough": 9}
_each_half = pytest.mark.parametrize("plain", [True, False], ids=["without moves", "with moves"])
# The numbers of their first sequences, which choose the types and the callers of each.
_ANY, _INTERLEAVED = 11, 22
_REPLAYS = {"quick": 0, "thorough": 5 * REPLAYS}
_OTHER = "other-token"
# How often a client completes a session before it has the file.
_LOOKS = 6
# How many requests of each caller are sent at once.
_PAIRS = 6


def _callers(harness: Harness) -> tuple[str, ...]:
    return ("main", "other") if _OTHER in harness.target.capabilities else ("main",)


def _searched(
    harness: Harness,
    given: Given,
    callers: tuple[str, ...],
    examples: int,
    *,
    first: int = 0,
    plain: bool = True,
    owner: str | None = None,
) -> None:
    """Play sequences; `owner` has the library for itself although other cases run."""
    beside = frozenset(callers if harness.transcript.course.beside else ()) - {owner}
    company = set(callers if harness.target.shared else beside)
    finding = searched_by_moves(
        World(harness, given, callers, company=company, beside=beside),
        seed=harness.seed + first,
        examples=examples,
        replays=_REPLAYS.get(harness.effort, REPLAYS),
        first=first,
        plain=plain,
    )
    if finding is not None:
        raise finding


@requirement("FH-LIFECYCLE-01")
def test_one_walk_through_the_lifecycle(api: Api, given: Given) -> None:
    given.working.known_types()
    media = given.media("video/mp4")
    fetched = given.fetched(media)

    given.deleted(media)

    with precondition("FH-GET-06"):
        expect.equal(fetched.at("data", "type"), "video", "`data.type`", fetched)
    observe.gone(api, media.id)
    expect.refused(api.complete_upload(media.upload.id))


@requirement("FH-LIFECYCLE-01")
@lifecycle
def test_a_media_from_its_upload_to_its_end(api: Api, given: Given) -> None:
    media = given.media()
    given.working.list()
    given.fetched(media)

    given.deleted(media)

    observe.gone(api, media.id)


@requirement("FH-LIFECYCLE-01")
@tried
def test_what_was_made_stays(api: Api, given: Given) -> None:
    given.working.growing_list()
    given.working.get()
    made = [*given.of_each_type(), *parallel(given.media, ["image/gif"] * 4)]

    given.deleted(made.pop())

    for exchange in parallel(lambda media: api.get_media(media.id), made):
        expect.success(exchange)

    def stay() -> None:
        lost = sorted({media.id for media in made} - set(listed_items(api)))
        expect.that(not lost, "every media item to stay listed", f"{', '.join(lost)} is missing")

    with observe.undisturbed(api):
        given.in_time(stay)


@requirement("FH-LIFECYCLE-01")
def test_sessions_of_one_filename_are_apart(api: Api, given: Given) -> None:
    given.working.get()
    first = given.stored_upload()
    second = given.stored(given.created_upload(filename=first.filename))

    completed = [api.complete_upload(upload.id) for upload in (first, second)]

    for exchange in completed:
        expect.success(exchange)
    ids = {expect.text(exchange, "data", "id") for exchange in completed}
    expect.that(len(ids) == len(completed), "two media of two sessions", f"there is {len(ids)}")
    for media_id in ids:
        expect.success(api.get_media(media_id))


@requirement("FH-LIFECYCLE-01")
def test_a_delete_leaves_open_sessions_alone(api: Api, given: Given) -> None:
    given.working.complete()
    media = given.media()
    bare = given.created_upload()
    stored = given.stored(given.created_upload(filename=media.upload.filename))

    given.deleted(media)

    for upload in (given.stored(bare), stored):
        expect.success(api.complete_upload(upload.id))


@requirement("FH-LIFECYCLE-05")
def test_a_complete_before_the_file_spoils_no_session(
    api: Api, given: Given, storage: Storage
) -> None:
    given.working.complete()
    upload = given.created_upload()
    others = parallel(given.created_upload, ["image/jpeg", "image/gif", "video/mp4"])

    with precondition("FH-COMPLETE-10"):
        for other in others:
            expect.refused(api.complete_upload(other.id))
        for _ in range(_LOOKS):  # clients ask again until the file is there
            expect.refused(api.complete_upload(upload.id))

    for one in (upload, *others):
        storage.put(one.url, given.genuine(one.content_type), one.content_type)
        expect.success(api.complete_upload(one.id))


@requirement("FH-LIFECYCLE-05")
@pytest.mark.parametrize(
    ("body", "sent_as"), [(b"", "image/png"), (b"text", "text/plain")], ids=["empty", "text"]
)
def test_a_complete_of_a_wrong_file_spoils_no_session(
    api: Api, given: Given, storage: Storage, body: bytes, sent_as: str
) -> None:
    given.working.complete()
    upload = given.created_upload()
    if not storage.put(upload.url, body, sent_as).succeeded:
        raise NotApplicable("the storage takes no such file")
    with precondition("FH-COMPLETE-11" if sent_as == "image/png" else "FH-COMPLETE-12"):
        expect.refused(api.complete_upload(upload.id))

    if not storage.put(upload.url, given.genuine("image/png"), "image/png").succeeded:
        raise NotApplicable("the storage takes one file for each URL")
    # The storage may show the file that was there before for a while.
    given.in_time(lambda: expect.success(api.complete_upload(upload.id)))


@requirement("FH-LIFECYCLE-01")
@exclusive
@two_libraries
@machine
def test_any_sequence_agrees_with_the_model(
    given: Given, conformance_case: Harness, owner: str
) -> None:
    given.deleted(given.media(caller=owner))

    examples = _ALONE[conformance_case.effort]
    callers = tuple(sorted(_callers(conformance_case), key=lambda caller: caller != owner))
    _searched(conformance_case, given, callers, examples, owner=owner)


@requirement("FH-LIFECYCLE-01")
@tried
@two_libraries
@machine
@search
@_each_half
def test_any_sequence_beside_other_cases_agrees_with_the_model(
    given: Given, conformance_case: Harness, *, plain: bool
) -> None:
    given.deleted(given.media())

    examples = 1 if plain else _BESIDE[conformance_case.effort]
    callers = _callers(conformance_case)
    _searched(conformance_case, given, callers, examples, first=_ANY, plain=plain)


@requirement("FH-LIFECYCLE-01")
@machine
@waits
def test_what_waits_is_as_good_as_new(waiting: Waiting) -> None:
    waiting.use()


@requirement("FH-LIFECYCLE-01")
@search
@generated
def test_the_links_of_the_document_can_be_followed(given: Given, conformance_case: Harness) -> None:
    given.working.create()
    given.working.complete()

    trail = follow(conformance_case, LinkGuide(conformance_case, given))

    finding = trail.result()
    if finding is not None:
        raise finding


@requirement("FH-LIFECYCLE-02")
@exclusive
def test_no_media_exists_before_completion(api: Api, given: Given, owner: str) -> None:
    given.working.growing_list()

    with observe.no_new_media(api, owner):
        given.created_upload(caller=owner)
        given.stored_upload(caller=owner)

    with observe.undisturbed(api, owner):
        before = current_total(api, owner)
        given.stored_upload(caller=owner)
        given.in_time(
            lambda: expect.equal(total(api, owner), before, "`data.total` before any completion")
        )


@requirement("FH-LIFECYCLE-03")
@two_libraries
@tried
def test_interleaved_callers_keep_their_own_media(api: Api, given: Given) -> None:
    given.working.get()
    mine, other = given.stored_upload(), given.stored_upload(caller="other")
    others, own = given.completed(other), given.completed(mine)

    given.deleted(own)

    expect.success(api.get_media(others.id, caller="other"))
    expect.refused(api.get_media(others.id))


@requirement("FH-LIFECYCLE-03")
@two_libraries
def test_callers_at_once_are_told_apart(api: Api, given: Given) -> None:
    given.working.list(caller="other")
    made = [given.media(caller=owner) for owner in ("main", "other")] * _PAIRS
    stranger = {"main": "other", "other": "main"}

    own = parallel(lambda one: api.get_media(one.id, caller=one.upload.caller), made)
    foreign = parallel(lambda one: api.get_media(one.id, caller=stranger[one.upload.caller]), made)

    for exchange in own:
        expect.success(exchange)
    for exchange in foreign:
        observe.nothing_given(exchange)


@requirement("FH-LIFECYCLE-03")
@two_libraries
def test_uploads_at_once_are_told_apart(api: Api, given: Given) -> None:
    given.working.list(caller="other")
    given.working.complete()
    owners = ("main", "other") * _PAIRS
    opened = parallel(lambda owner: given.created_upload(caller=owner), owners)
    stored = parallel(given.stored, opened)

    completed = parallel(lambda one: api.complete_upload(one.id, caller=one.caller), stored)

    for exchange in completed:
        expect.success(exchange)


@requirement("FH-LIFECYCLE-03")
@two_libraries
def test_lists_at_once_are_told_apart(api: Api, given: Given) -> None:
    given.working.list(caller="other")
    owners = ("main", "other") * _PAIRS
    made = {owner: given.media(caller=owner).id for owner in ("main", "other")}
    strangers = {"main": made["other"], "other": made["main"]}

    exchanges = parallel(lambda owner: api.list_media(limit=MAXIMUM_LIMIT, caller=owner), owners)

    for owner, exchange in zip(owners, exchanges, strict=True):
        foreign = strangers[owner] in page_of(exchange).ids
        expect.that(not foreign, "no item of the other caller", "the list has one", exchange)


@requirement("FH-LIFECYCLE-03")
@two_libraries
def test_namesakes_of_two_callers_keep_their_own_bytes(given: Given, storage: Storage) -> None:
    wide, small = sample_files.wide_png(), sample_files.padded_png(0)
    pair = given.namesakes(unique_filename("image/png"), main=wide, other=small)
    urls = [url for one in pair.values() if (url := url_of(given.fetched(one))) is not None]
    if len(urls) < len(pair):
        raise NotApplicable("the items have no media_url that gives their bytes")
    for one, url in zip(pair.values(), urls, strict=True):
        observe.is_its_own(given, url, one)

    mine, others = (storage.read(url) for url in urls)

    if not mine.succeeded or not others.succeeded:
        raise NotApplicable("no media_url gives bytes: see FH-PUT-04")
    served = [sample_files.png_size(one.response.body) for one in (mine, others) if one.response]
    sent = [sample_files.png_size(wide), sample_files.png_size(small)]
    if not set(served) <= set(sent):
        raise NotApplicable("media_url gives other pictures than were sent")
    expect.equal(served, sent, "the pixel sizes of both callers' pictures", mine)


@requirement("FH-LIFECYCLE-03")
@two_libraries
def test_namesakes_of_two_callers_live_apart(api: Api, given: Given, storage: Storage) -> None:
    given.working.get()
    name, body = unique_filename("image/png"), given.genuine("image/png")
    (media,) = given.namesakes(name, main=body).values()

    with observe.untouched(api, storage, media, given):
        others = given.namesakes(name, other=body)["other"]
        expect.success(api.get_media(media.id))

        given.deleted(others)


@requirement("FH-LIFECYCLE-03")
@two_libraries
@tried
@machine
@search
@_each_half
def test_any_interleaving_of_two_callers_agrees_with_the_model(
    given: Given, conformance_case: Harness, *, plain: bool
) -> None:
    given.deleted(given.media(caller="other"))

    examples = 1 if plain else _BESIDE[conformance_case.effort]
    callers = ("main", "other")
    _searched(conformance_case, given, callers, examples, first=_INTERLEAVED, plain=plain)
