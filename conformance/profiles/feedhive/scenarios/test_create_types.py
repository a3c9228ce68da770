"""POST /media/uploads with types near the supported ones, and with texts that are no type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.harness.concurrency import parallel
from conformance.harness.odd_types import BLANKS_AROUND, NO_TYPES
from conformance.judge import expect
from conformance.judge.cut_off import was_answered
from conformance.profiles.feedhive.given import unique_filename, upload_of
from conformance.suite.marks import requirement

if TYPE_CHECKING:
    from conformance.harness.storage import Storage
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given

_SERVER_ERROR = 500
# Types that a server takes which looks only at the kind of a file, or at the boxes inside it.
_NEIGHBOURS = [
    *("video/3gpp", "video/3gpp2", "video/x-matroska", "video/ogg", "video/x-ms-wmv"),
    *("video/x-quicktime", "video/mpeg4", "video/*", "image/x-gif", "image/jfif"),
    *("audio/mp4", "application/mp4", "image/apng", "image/jpx", "image/vnd.microsoft.icon"),
]


@requirement("FH-CREATE-08")
@pytest.mark.parametrize("content_type", NO_TYPES.values(), ids=NO_TYPES)
def test_create_refuses_what_is_no_type(api: Api, given: Given, content_type: str) -> None:
    given.working.create()

    exchange = api.create_upload("picture.png", content_type)

    was_answered(exchange)
    given.refused_for_its_body(exchange)


@requirement("FH-CREATE-08")
def test_create_refuses_each_neighbour_of_a_supported_type(api: Api, given: Given) -> None:
    given.working.create()

    exchanges = parallel(lambda one: api.create_upload("picture.png", one), _NEIGHBOURS)

    for exchange in exchanges:
        given.refused_for_its_body(exchange)


@requirement("FH-CREATE-08")
@pytest.mark.parametrize("content_type", BLANKS_AROUND.values(), ids=BLANKS_AROUND)
def test_a_type_with_blanks_gives_a_working_upload_or_a_refusal(
    api: Api, given: Given, storage: Storage, content_type: str
) -> None:
    given.working.complete()
    name = unique_filename("image/png")

    exchange = api.create_upload(name, content_type)

    if not exchange.succeeded:
        given.refused_for_its_body(exchange)
        return
    upload = upload_of(exchange, "image/png", name)
    stored = storage.put(upload.url, given.genuine("image/png"), "image/png")
    # A storage's own failure proves nothing about the API.
    if stored.status is not None and stored.status < _SERVER_ERROR:
        expect.stored(stored)
        expect.success(api.complete_upload(upload.id))
