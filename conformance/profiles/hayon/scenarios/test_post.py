"""Posts that use an upload (capability `posts`)."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

import pytest

from conformance.harness import bad_credentials
from conformance.harness.concurrency import parallel
from conformance.judge import expect
from conformance.judge.finding import Blocked, NotApplicable, precondition
from conformance.model.json_body import parsed
from conformance.profiles.hayon.given import POST
from conformance.profiles.hayon.post import body_of, id_of, sent, shown_as_sent
from conformance.suite.marks import lifecycle, requirement, waits

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.harness.expiring import Expiring
    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.model.exchange import Exchange
    from conformance.profiles.hayon.api import Api
    from conformance.profiles.hayon.given import Given, Upload
    from conformance.profiles.hayon.post import Send

_MEDIA = {
    "webp": ["image/webp"],
    "jpeg": ["image/jpeg"],
    "film": ["video/mp4"],
    "other film": ["video/quicktime"],
    "three pictures": ["image/png", "image/png", "image/webp"],
    "film and picture": ["video/mp4", "image/jpg"],
}

# So many pictures that their places do not sort as texts, and so many that most platforms take.
_MANY, _FEW = 11, 4


@requirement("HY-POST-01")
@lifecycle
def test_a_post_takes_the_pair(api: Api, given: Given, storage: Storage) -> None:
    upload = given.stored()
    with suppress(Blocked):  # a user looks at the file first; HY-PUBLIC-01 judges the answer
        storage.get(upload.public_url)

    exchange = sent(api.create_post, upload)

    expect.accepted(exchange)


@requirement("HY-POST-02")
def test_an_update_takes_the_pair(api: Api, given: Given) -> None:
    created = sent(api.create_post, given.stored())
    with precondition(POST):
        expect.accepted(created)
    post_id = id_of(created)

    exchange = sent(lambda body: api.update_post(post_id, body), given.stored("image/webp"))

    expect.accepted(exchange)


@requirement("HY-POST-01")
@pytest.mark.parametrize("types", _MEDIA.values(), ids=_MEDIA)
def test_a_post_takes_media_of_each_kind(api: Api, given: Given, types: list[str]) -> None:
    uploads = parallel(given.stored, types)

    exchange = sent(api.create_post, *uploads)

    _may_be_mixed(api.create_post, exchange, uploads)
    expect.accepted(exchange)
    shown_as_sent(exchange, uploads)


@requirement("HY-POST-01")
def test_a_second_post_takes_the_file_of_the_first(api: Api, given: Given) -> None:
    upload = given.stored()
    with precondition(POST):
        expect.accepted(sent(api.create_post, upload))

    exchange = sent(api.create_post, upload)

    expect.accepted(exchange)


@requirement("HY-POST-01")
def test_a_post_keeps_the_order_of_many(api: Api, given: Given) -> None:
    uploads = parallel(given.stored, ["image/png"] * _MANY)

    exchange = sent(api.create_post, *uploads)
    if exchange.refuses:  # some platforms take four pictures
        uploads = uploads[:_FEW]
        exchange = sent(api.create_post, *uploads)
    if exchange.refuses:
        raise NotApplicable(f"a post of this server has fewer than {_FEW} pictures")

    expect.accepted(exchange)
    shown_as_sent(exchange, uploads)


@requirement("HY-POST-01")
@waits
def test_a_post_takes_a_file_whose_upload_url_has_expired(
    expiring: Expiring[Upload], given_expiring: Given
) -> None:
    upload = expiring.also_expired("stored")

    exchange = sent(given_expiring.api.create_post, upload)

    if exchange.refuses:
        fresh = sent(given_expiring.api.create_post, given_expiring.stored())
        if not fresh.succeeded:
            raise NotApplicable("this instance takes no post with a new file either")
    expect.accepted(exchange)


@requirement("HY-POST-02")
@waits
def test_an_update_takes_a_file_whose_upload_url_has_expired(
    expiring: Expiring[Upload], given_expiring: Given
) -> None:
    upload = expiring.also_expired("stored")
    api, fresh = given_expiring.api, given_expiring.stored()
    created = sent(api.create_post, fresh)
    if not created.succeeded:
        raise NotApplicable("this instance takes no post with a new file")
    update = partial(api.update_post, id_of(created))

    exchange = sent(update, upload)

    if exchange.refuses and not sent(update, fresh).succeeded:
        raise NotApplicable("this instance takes no update with a new file either")
    expect.accepted(exchange)


@requirement("HY-POST-02")
def test_an_update_takes_what_the_post_has_and_more(api: Api, given: Given) -> None:
    first, second = given.stored(), given.stored()
    created = sent(api.create_post, first)
    with precondition(POST):
        expect.accepted(created)
    update = partial(api.update_post, id_of(created))

    exchange = sent(update, first, second)

    if exchange.refuses and sent(api.create_post, first, second).refuses:
        raise NotApplicable("a post of this server has one picture")
    expect.accepted(exchange)
    shown_as_sent(exchange, [first, second])


@requirement("HY-POST-02")
def test_an_update_gives_media_to_a_post_of_text(api: Api, given: Given) -> None:
    upload = given.stored()
    created = api.create_post(body_of())
    if created.refuses:
        raise NotApplicable("a post of this server needs media, or members that no page names")
    with precondition(POST):
        expect.accepted(created)

    exchange = sent(partial(api.update_post, id_of(created)), upload)

    expect.accepted(exchange)
    shown_as_sent(exchange, [upload])


@requirement("HY-POST-02")
@pytest.mark.parametrize("types", _MEDIA.values(), ids=_MEDIA)
def test_an_update_takes_media_of_each_kind(api: Api, given: Given, types: list[str]) -> None:
    created = sent(api.create_post, given.stored())
    with precondition(POST):
        expect.accepted(created)
    post_id = id_of(created)
    uploads = parallel(given.stored, types)

    update = partial(api.update_post, post_id)

    exchange = sent(update, *uploads)

    _may_be_mixed(update, exchange, uploads)
    expect.accepted(exchange)
    shown_as_sent(exchange, uploads)


def _may_be_mixed(send: Send, exchange: Exchange, uploads: list[Upload]) -> None:
    """Raise `NotApplicable` where a post takes each item, but not a film beside a picture.

    Some platforms that posts go to have this rule.
    """
    kinds = {upload.content_type.partition("/")[0] for upload in uploads}
    mixed = exchange.refuses and len(kinds) > 1
    if mixed and all(sent(send, upload).succeeded for upload in uploads):
        raise NotApplicable("a post of this server holds pictures or a film, and not both")


@requirement("HY-POST-03")
def test_a_post_needs_a_valid_key(api: Api, given: Given, conformance_case: Harness) -> None:
    created = sent(api.create_post, given.stored())
    with precondition(POST):
        expect.accepted(created)
    body = parsed(created.request.body).members or {}  # with a valid key it is accepted
    sends: list[Callable[..., Exchange]] = [api.create_post]
    with suppress(Blocked):  # no document says where the answer shows the id
        sends.append(partial(api.update_post, id_of(created)))
    keys = bad_credentials.every(conformance_case, bad_credentials.AUTHORIZATIONS).values()

    for exchange in parallel(
        lambda one: one[0](body, caller=None, headers=one[1]), list(product(sends, keys))
    ):
        expect.refused(exchange)
