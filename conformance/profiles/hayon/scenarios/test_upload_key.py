"""The keys of POST /api/posts/media/upload."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from conformance import expect
from conformance.case import requirement
from conformance.examination import parallel
from conformance.profiles.hayon.given import new_keys
from conformance.verdict import precondition

if TYPE_CHECKING:
    from conformance.profiles.hayon.given import Given


@requirement("HY-UPLOAD-11")
def test_the_key_is_what_the_upload_url_writes(given: Given) -> None:
    upload = given.requested()

    expect.that(
        upload.signed.path.endswith("/" + upload.key.lstrip("/")),
        "uploadUrl's path to end with s3Key",
        f"the path is {upload.signed.path}, the key {upload.key}",
        upload.exchange,
    )


@requirement("HY-UPLOAD-12")
def test_the_public_url_ends_with_the_key(given: Given) -> None:
    upload = given.requested()

    path = unquote(urlsplit(upload.public_url).path)

    expect.that(
        path.endswith("/" + upload.key.lstrip("/")),
        "s3Url's path to end with s3Key",
        f"the path is {path}, the key {upload.key}",
        upload.exchange,
    )


@requirement("HY-UPLOAD-14")
def test_each_request_gives_a_new_key(given: Given) -> None:
    new_keys(given)


@requirement("HY-UPLOAD-16")
def test_concurrent_requests_give_different_keys(given: Given) -> None:
    with precondition("HY-UPLOAD-14"):
        new_keys(given)

    uploads = parallel(8, lambda _: given.requested())

    keys = sorted(upload.key for upload in uploads)
    expect.that(len(set(keys)) == len(keys), "eight different keys", f"they are {keys}")


@requirement("HY-UPLOAD-28")
def test_two_callers_never_share_a_key(given: Given) -> None:
    mine = {given.requested().key for _ in range(3)}

    others = {given.requested(caller="other").key for _ in range(3)}

    shared = mine & others
    expect.that(not shared, "different keys", f"both callers have {shared}")
