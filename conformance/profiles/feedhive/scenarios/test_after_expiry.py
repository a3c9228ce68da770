"""What holds of media as before once sessions have expired: who reaches them, posts, the total."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge import expect
from conformance.judge.finding import NotApplicable
from conformance.knowledge.bounds import COUNTED_S
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.expiry import ASKED_FOR
from conformance.profiles.feedhive.library import WHOLE_WALK_BOUND, listed_items
from conformance.profiles.feedhive.posts import Posts
from conformance.profiles.feedhive.totals import not_shared, total
from conformance.profiles.feedhive.upload import Media
from conformance.suite.marks import exclusive, requirement, two_libraries, waits

if TYPE_CHECKING:
    from conformance.harness.expiring import Expiring
    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.upload import Upload


@requirement("FH-GET-12")
@waits
def test_another_caller_cannot_get_a_media_whose_session_has_expired(
    expiring: Expiring[Upload], given_expiring: Given
) -> None:
    media = Media.of(expiring.also_expired(ASKED_FOR))
    given_expiring.working.list(caller="other")
    given_expiring.fetched(media)

    exchange = given_expiring.api.get_media(media.id, caller="other")

    observe.nothing_given(exchange)
    expect.refused(exchange)


@requirement("FH-DELETE-10")
@two_libraries
@waits
def test_another_caller_cannot_delete_a_media_whose_session_has_expired(
    expiring: Expiring[Upload], given_expiring: Given, storage: Storage
) -> None:
    media = Media.of(expiring.also_expired(ASKED_FOR))
    given_expiring.working.list(caller="other")

    with observe.untouched(given_expiring.api, storage, media, given_expiring):
        exchange = given_expiring.api.delete_media(media.id, caller="other")

        observe.nothing_given(exchange)
        expect.refused(exchange)


@requirement("FH-AUTH-04")
@waits
def test_nobody_gets_a_media_whose_session_has_expired(
    expiring: Expiring[Upload], given_expiring: Given
) -> None:
    media = Media.of(expiring.also_expired(ASKED_FOR))
    given_expiring.fetched(media)

    exchange = given_expiring.api.get_media(media.id, caller=None)

    observe.nothing_given(exchange)


@requirement("FH-AUTH-05")
@waits
def test_nobody_deletes_a_media_whose_session_has_expired(
    expiring: Expiring[Upload], given_expiring: Given, storage: Storage
) -> None:
    media = Media.of(expiring.also_expired(ASKED_FOR))

    with observe.untouched(given_expiring.api, storage, media, given_expiring):
        exchange = given_expiring.api.delete_media(media.id, caller=None)

        observe.nothing_given(exchange)


@requirement("FH-COMPLETE-15")
@waits
def test_a_post_takes_a_media_whose_session_has_expired(
    expiring: Expiring[Upload], given_expiring: Given, conformance_case: Harness
) -> None:
    media = Media.of(expiring.also_expired("completed"))
    posts = Posts(given_expiring.api, given_expiring, conformance_case.proof.notice)

    exchange = posts.sent(media)

    if exchange.refuses and not posts.sent(given_expiring.media(media.content_type)).succeeded:
        raise NotApplicable("this instance takes no post with a new media either")
    expect.accepted(exchange)


@requirement("FH-LIST-09")
@exclusive
@waits
def test_the_total_counts_no_session_that_has_expired(
    expiring: Expiring[Upload], given_expiring: Given
) -> None:
    expiring.also_expired("bare")
    api = given_expiring.api
    not_shared(api)
    if total(api) > WHOLE_WALK_BOUND:
        raise NotApplicable("the library is too large to count what it lists")

    with observe.undisturbed(api):
        given_expiring.in_time(lambda: _counts_what_is_listed(api), COUNTED_S)


def _counts_what_is_listed(api: Api) -> None:
    """Judge that the total is the number of the media that the list shows."""
    listed = len(listed_items(api))
    expect.equal(total(api), listed, "`data.total`")
