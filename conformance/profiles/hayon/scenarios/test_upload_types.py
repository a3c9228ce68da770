"""POST /api/posts/media/upload with a supported type that no header can hold as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.harness.odd_types import BLANKS_AROUND
from conformance.judge import expect
from conformance.suite.marks import requirement

if TYPE_CHECKING:
    from conformance.harness.storage import Storage
    from conformance.profiles.hayon.api import Api
    from conformance.profiles.hayon.given import Given

_SERVER_ERROR = 500


@requirement("HY-UPLOAD-21")
@pytest.mark.parametrize("content_type", BLANKS_AROUND.values(), ids=BLANKS_AROUND)
def test_a_type_with_blanks_gives_a_working_upload_or_a_refusal(
    api: Api, given: Given, storage: Storage, content_type: str
) -> None:
    given.sample("image/png")

    exchange = api.create_media_upload(content_type)

    if not exchange.succeeded:
        given.refused_for_its_body(exchange)
        return
    url = expect.url(exchange, "data", "uploadUrl")
    stored = storage.put(url, given.genuine("image/png"), "image/png")
    # A storage's own failure proves nothing about the API.
    if stored.status is not None and stored.status < _SERVER_ERROR:
        expect.stored(stored)
