"""The keys of POST /api/posts/media/upload."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from conformance.harness import upload_url
from conformance.harness.concurrency import parallel
from conformance.judge import expect
from conformance.judge.finding import NotApplicable, precondition
from conformance.profiles.hayon import key as keys
from conformance.suite.marks import exclusive, requirement, tried

if TYPE_CHECKING:
    from conformance.profiles.hayon.api import Api
    from conformance.profiles.hayon.given import Given, Upload

_kinds = pytest.mark.parametrize("content_type", ["image/png", "video/mp4"])
# Whose keys show the folder that they have in common. Callers that take turns strictly would meet
# two instances of a server that take turns too.
_FEW = "00110101"
_MANY = 3 * _FEW


def _written(upload: Upload) -> None:
    expect.that(
        keys.writes(upload.signed, upload.key),
        "uploadUrl's path to end with s3Key",
        f"the URL is {upload.signed.host}{upload.signed.path}, and the key is {upload.key}",
        upload.exchange,
    )


def _distinct(values: list[str], what: str) -> None:
    repeated = sorted({value for value in values if values.count(value) > 1})
    actual = f"more than one answer gave {', '.join(repeated)}"
    expect.that(not repeated, f"{len(values)} different {what}", actual)


def _announced(uploads: list[Upload]) -> dict[str, list[str]]:
    """Return the values that must differ between uploads."""
    return {
        "keys": [upload.key for upload in uploads],
        "upload URLs": [upload.url for upload in uploads],
        "public URLs": [upload.public_url for upload in uploads],
    }


def _apart_already(uploads: list[Upload]) -> None:
    """Show that sequential requests get different values, before concurrency is blamed."""
    rows = ("HY-UPLOAD-14", "HY-UPLOAD-15", "HY-UPLOAD-12")
    for row, (what, values) in zip(rows, _announced(uploads).items(), strict=True):
        with precondition(row):
            _distinct(values, what)


def _traits(upload: Upload) -> tuple[object, str]:
    """Return what shows the type of an upload: the echoed type, and the extension of the key."""
    return upload.exchange.at("data", "contentType"), keys.extension(upload.key)


def _at_once(given: Given) -> list[Upload]:
    """Return the uploads of a dozen simultaneous requests, of all types and callers.

    Requests that follow each other differ in both, so that a server which mixes up two shows it.
    """
    types = [upload.content_type for upload in given.each()]
    callers = ("main", given.callers[-1])
    turns = [
        (one, callers[(number + half) % 2]) for half in range(2) for number, one in enumerate(types)
    ]
    return parallel(lambda turn: given.requested(turn[0], caller=turn[1]), turns)


@requirement("HY-UPLOAD-11")
@_kinds
def test_the_key_is_what_the_upload_url_writes(given: Given, content_type: str) -> None:
    upload = given.requested(content_type)
    with precondition("HY-UPLOAD-17"):
        upload_url.is_signed(upload)

    _written(upload)


@requirement("HY-UPLOAD-12")
@_kinds
def test_the_public_url_ends_with_the_key(given: Given, content_type: str) -> None:
    upload = given.requested(content_type)

    path = unquote(urlsplit(upload.public_url).path)

    expect.that(
        path.endswith("/" + upload.key.lstrip("/")),
        "s3Url's path to end with s3Key",
        f"the path is {path}, and the key is {upload.key}",
        upload.exchange,
    )


@requirement("HY-UPLOAD-14")
def test_each_request_gives_a_new_key(given: Given) -> None:
    uploads = given.series()

    _distinct([upload.key for upload in uploads], "keys")


@requirement("HY-UPLOAD-14")
def test_no_member_of_the_body_chooses_the_key(api: Api, given: Given) -> None:
    known = given.requested()
    # The server may refuse members that the page does not name.
    chosen = dict.fromkeys(("s3Key", "key", "fileName"), known.key)
    body = {"contentType": "image/png", **chosen}

    exchanges = [api.create_media_upload(body=body, caller=one) for one in ("main", *given.callers)]

    taken = [exchange.at("data", "s3Key") for exchange in exchanges if exchange.succeeded]
    _distinct([known.key, *(key for key in taken if isinstance(key, str))], "keys")


@requirement("HY-UPLOAD-16")
@tried
def test_concurrent_requests_get_their_own_answers(given: Given) -> None:
    with precondition("HY-UPLOAD-11"):
        for upload in given.each():
            _written(upload)
    _apart_already(given.series())

    uploads = _at_once(given)

    for what, values in _announced(uploads).items():
        _distinct(values, what)
    for upload in uploads:
        _written(upload)


@requirement("HY-UPLOAD-30")
@tried
def test_concurrent_requests_get_their_own_type(given: Given) -> None:
    alone = {upload.content_type: upload for upload in given.each()}

    uploads = _at_once(given)

    for upload in uploads:
        # The server may name a type in its own way, but in the same way for each request.
        own = _traits(alone[upload.content_type])
        expect.equal(
            _traits(upload), own, "contentType and the extension of s3Key", upload.exchange
        )


@requirement("HY-UPLOAD-28")
def test_two_callers_never_share_a_key(api: Api, given: Given) -> None:
    others = {upload.key for upload in given.series("other")}

    shared = others & api.keys_of("main")  # all keys that the main caller ever got

    actual = f"both callers got {', '.join(sorted(shared))}"
    expect.that(not shared, "different keys for different callers", actual)


@requirement("HY-UPLOAD-28")
@exclusive  # so that nobody else's request is mixed up with those that show the folders
def test_concurrent_callers_get_their_own_keys(given: Given) -> None:
    folders = _folders(_alone(given, _FEW))
    if _meet(folders):
        raise NotApplicable("the keys of the two callers are in the same folder")

    uploads = _at_once(given)

    strangers = [upload for upload in uploads if upload.key.startswith(_foreign(upload, folders))]
    # Where the folders are those of instances of the server, more keys show it.
    if strangers and _meet(_folders(_alone(given, _MANY))):
        raise NotApplicable("both callers have keys in each folder that seemed to be one's own")
    for upload in strangers:
        wanted = f"a key outside the folder {_foreign(upload, folders)} of the other"
        expect.violated(wanted, f"the key is {upload.key}", upload.exchange)


def _alone(given: Given, turns: str) -> list[Upload]:
    """Return the uploads of the callers one by one, in an order such as "0110"."""
    return [given.requested(caller=given.callers[int(turn)]) for turn in turns]


def _folders(uploads: list[Upload]) -> dict[str, str]:
    """Return the folder that the keys of each caller have in common."""
    found: dict[str, list[str]] = {}
    for upload in uploads:
        found.setdefault(_caller(upload), []).append(upload.key)
    return {caller: keys.folder(its) for caller, its in found.items()}


def _meet(folders: dict[str, str]) -> bool:
    """Whether one caller's folder is in the other's, so that it shows nobody."""
    one, other = folders.values()
    return one.startswith(other) or other.startswith(one)


def _foreign(upload: Upload, folders: dict[str, str]) -> str:
    """Return the folder of the other caller."""
    return next(folder for caller, folder in folders.items() if caller != _caller(upload))


def _caller(upload: Upload) -> str:
    return upload.exchange.request.caller or ""
