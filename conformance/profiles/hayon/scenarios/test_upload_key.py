"""The keys of POST /api/posts/media/upload."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from conformance import expect
from conformance.case import requirement
from conformance.examination import parallel
from conformance.profiles.hayon.given import signature
from conformance.verdict import precondition

if TYPE_CHECKING:
    from conformance.profiles.hayon.api import Api
    from conformance.profiles.hayon.given import Given

_kinds = pytest.mark.parametrize("content_type", ["image/png", "video/mp4"])


def _new_keys(given: Given) -> None:
    keys = [given.requested().key for _ in range(4)]
    expect.that(len(set(keys)) == len(keys), "four different keys", f"they are {keys}")


@requirement("HY-UPLOAD-11")
@_kinds
def test_the_key_is_what_the_upload_url_writes(given: Given, content_type: str) -> None:
    upload = given.requested(content_type)
    with precondition("HY-UPLOAD-17"):
        signature(upload)

    expect.that(
        upload.signed.path.endswith("/" + upload.key.lstrip("/")),
        "uploadUrl's path to end with s3Key",
        f"the path is {upload.signed.path}, the key {upload.key}",
        upload.exchange,
    )


@requirement("HY-UPLOAD-12")
@_kinds
def test_the_public_url_ends_with_the_key(given: Given, content_type: str) -> None:
    upload = given.requested(content_type)

    path = unquote(urlsplit(upload.public_url).path)

    expect.that(
        path.endswith("/" + upload.key.lstrip("/")),
        "s3Url's path to end with s3Key",
        f"the path is {path}, the key {upload.key}",
        upload.exchange,
    )


@requirement("HY-UPLOAD-14")
def test_each_request_gives_a_new_key(given: Given) -> None:
    _new_keys(given)


@requirement("HY-UPLOAD-16")
def test_concurrent_requests_give_different_keys(given: Given) -> None:
    with precondition("HY-UPLOAD-14"):
        _new_keys(given)

    uploads = parallel(8, lambda _: given.requested())

    keys = sorted(upload.key for upload in uploads)
    expect.that(len(set(keys)) == len(keys), "eight different keys", f"they are {keys}")


@requirement("HY-UPLOAD-28")
def test_two_callers_never_share_a_key(api: Api, given: Given) -> None:
    for _ in range(3):
        given.requested()

    others = {given.requested(caller="other").key for _ in range(3)}

    shared = others & api.keys_of("main")  # all that the main caller ever got
    expect.that(not shared, "different keys", f"both callers have {sorted(shared)}")
