"""Posts that use an upload (capability `posts`)."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from conformance.judge import expect
from conformance.judge.finding import Blocked, precondition
from conformance.profiles.hayon.given import POST
from conformance.profiles.hayon.post import BESIDE, body_of, id_of, sent, shown_as_sent
from conformance.suite.marks import lifecycle, requirement

if TYPE_CHECKING:
    from conformance.harness.storage import Storage
    from conformance.profiles.hayon.api import Api
    from conformance.profiles.hayon.given import Given

_MEDIA = {
    "webp": ["image/webp"],
    "jpeg": ["image/jpeg"],
    "film": ["video/mp4"],
    "other film": ["video/quicktime"],
    "two items": ["image/png", "image/webp"],
    "film and picture": ["video/mp4", "image/webp"],
}


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
    uploads = [given.stored(content_type) for content_type in types]

    exchange = sent(api.create_post, *uploads)

    expect.accepted(exchange)
    shown_as_sent(exchange, uploads)


@requirement("HY-POST-02")
@pytest.mark.parametrize("types", _MEDIA.values(), ids=_MEDIA)
def test_an_update_takes_media_of_each_kind(api: Api, given: Given, types: list[str]) -> None:
    created = sent(api.create_post, given.stored())
    with precondition(POST):
        expect.accepted(created)
    post_id = id_of(created)
    uploads = [given.stored(content_type) for content_type in types]

    exchange = sent(lambda body: api.update_post(post_id, body), *uploads)

    expect.accepted(exchange)
    shown_as_sent(exchange, uploads)


@requirement("HY-POST-03")
def test_a_post_needs_a_valid_key(api: Api, given: Given) -> None:
    upload = given.stored()
    with precondition(POST):
        expect.accepted(sent(api.create_post, upload))

    for beside in (BESIDE, {}):
        exchange = api.create_post(body_of(upload, beside=beside), caller=None)

        expect.refused(exchange)
