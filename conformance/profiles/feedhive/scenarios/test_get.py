"""GET /media/{id}."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from conformance.harness import sample_files
from conformance.harness.concurrency import parallel
from conformance.judge import expect
from conformance.judge.finding import NotApplicable, precondition
from conformance.model.signed_url import SignedUrl, holds_a_picture
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.filename import media_called
from conformance.profiles.feedhive.lifetimes import (
    HOUR_S,
    TOLERANCE_S,
    is_about_a_day,
    seconds_before,
)
from conformance.profiles.feedhive.media_id import (
    BAD_IDS,
    in_another_case,
    is_of_one_thing,
    nearly,
    unknown_id,
)
from conformance.profiles.feedhive.mime_type import reported_as_declared
from conformance.profiles.feedhive.upload import RESULTING_TYPES
from conformance.suite.marks import requirement

if TYPE_CHECKING:
    from conformance.harness.storage import Storage
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given

_TYPE_ROWS = dict(zip(RESULTING_TYPES, range(2, 9), strict=True))


@requirement("FH-GET-01")
def test_get_gives_the_media(api: Api, given: Given) -> None:
    media = given.media()

    exchange = api.get_media(media.id)

    with given.causes.of_failed_get(media, exchange):
        expect.success(exchange)
        expect.equal(exchange.at("data", "id"), media.id, "`data.id`", exchange)


@pytest.mark.parametrize(
    "content_type",
    [
        pytest.param("image/jpeg", marks=requirement("FH-GET-02")),
        pytest.param("image/jpg", marks=requirement("FH-GET-03")),
        pytest.param("image/png", marks=requirement("FH-GET-04")),
        pytest.param("image/gif", marks=requirement("FH-GET-05")),
        pytest.param("video/mp4", marks=requirement("FH-GET-06")),
        pytest.param("video/quicktime", marks=requirement("FH-GET-07")),
        pytest.param("video/mov", marks=requirement("FH-GET-08")),
    ],
)
def test_the_declared_type_becomes_its_resulting_type(given: Given, content_type: str) -> None:
    given.working.known_types()
    media = given.shared.sample(content_type)

    exchange = given.fetched(media)

    wanted = RESULTING_TYPES[content_type]
    expect.equal(exchange.at("data", "type"), wanted, "`data.type`", exchange)


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("a photo of a phone", marks=requirement("FH-GET-02")),
        pytest.param("a PNG with transparency", marks=requirement("FH-GET-04")),
        pytest.param("an animated GIF", marks=requirement("FH-GET-05")),
        pytest.param("a film for the web", marks=requirement("FH-GET-06")),
    ],
)
def test_files_as_people_have_them_become_their_resulting_type(given: Given, kind: str) -> None:
    given.working.known_types()
    content_type, body = sample_files.EVERYDAY_FILES[kind]
    media = given.media(content_type, body())

    exchange = given.fetched(media)

    wanted = RESULTING_TYPES[content_type]
    expect.equal(exchange.at("data", "type"), wanted, "`data.type`", exchange)


@requirement("FH-GET-06")
@pytest.mark.parametrize("name", ["clip.png", "clip"], ids=["of a picture", "without extension"])
def test_the_type_follows_the_declaration_whatever_the_filename(
    api: Api, given: Given, name: str
) -> None:
    given.working.known_types()
    media = media_called(f"conformance-{uuid4().hex[:8]}-{name}", "video/mp4", api, given)

    exchange = given.fetched(media)

    expect.equal(exchange.at("data", "type"), "video", "`data.type`", exchange)


@requirement("FH-GET-04")
@pytest.mark.parametrize("extension", ["gif", "mp4", "txt"], ids=lambda name: f"named .{name}")
def test_a_picture_stays_a_picture_whatever_the_filename(
    api: Api, given: Given, extension: str
) -> None:
    given.working.known_types()
    name = f"conformance-{uuid4().hex[:8]}.{extension}"
    media = media_called(name, "image/png", api, given)

    exchange = given.fetched(media)

    expect.equal(exchange.at("data", "type"), "image", "`data.type`", exchange)


@requirement("FH-GET-09")
@pytest.mark.parametrize("shape", ["cut short", "longer", "a pattern"])
def test_get_refuses_what_is_nearly_an_id(api: Api, given: Given, shape: str) -> None:
    media = given.shared.sample()
    given.working.get()
    asked = nearly(media.id, shape)

    exchange = api.get_media(asked)

    if exchange.succeeded and exchange.at("data", "id") == asked:
        raise NotApplicable("the id that is nearly ours is the id of another item")
    expect.refused(exchange)


@requirement("FH-GET-09")
@pytest.mark.parametrize("shape", ["plausible", "slashed"])
def test_get_refuses_an_unknown_id(api: Api, given: Given, shape: str) -> None:
    given.working.get()

    exchange = api.get_media(unknown_id(shape))

    observe.nothing_given(exchange)
    expect.refused(exchange)


@requirement("FH-GET-09")
def test_an_id_in_another_letter_case_is_no_other_item(api: Api, given: Given) -> None:
    media, _ = given.media(), given.media()
    given.fetched(media)

    exchange = api.get_media(in_another_case(media.id))

    if exchange.succeeded:  # a UUID is the same in any case
        same = str(exchange.at("data", "id")).casefold() == media.id.casefold()
        actual = f"it shows {expect.shown(exchange.at('data', 'id'))}"
        expect.that(same, "a refusal, or the item itself", actual, exchange)
    else:
        expect.refused(exchange)


@requirement("FH-GET-12")
def test_an_id_in_another_letter_case_shows_nothing_to_another_caller(
    api: Api, given: Given
) -> None:
    given.working.list(caller="other")
    media = given.media()
    given.fetched(media)

    exchange = api.get_media(in_another_case(media.id), caller="other")

    observe.nothing_given(exchange)


@requirement("FH-LIFECYCLE-02")
@pytest.mark.parametrize("stored", [False, True], ids=["without its file", "with its file"])
def test_an_upload_id_shows_no_media_before_complete(
    api: Api, given: Given, *, stored: bool
) -> None:
    given.working.get()
    upload = given.stored_upload() if stored else given.created_upload()
    if not is_of_one_thing(upload.id):
        raise NotApplicable("a short upload id may also be that of a media")

    exchange = api.get_media(upload.id)

    observe.nothing_given(exchange)


@requirement("FH-GET-10")
def test_an_unknown_id_is_a_json_404(api: Api, given: Given) -> None:
    # The id of a real item: a server with typed paths may answer another one with 400.
    media = given.deleted(given.media())

    exchange = api.get_media(media.id)

    with precondition("FH-ERROR-03"):
        expect.error_status(exchange)
    # 410 is for items that the server knows to be deleted (RFC 9110 section 15.5.11). A counted
    # id may have been given again to the other caller.
    expect.status(exchange, [404, 410] if is_of_one_thing(media.id) else [403, 404, 410])
    expect.error_envelope(exchange)


@requirement("FH-GET-11")
def test_get_takes_an_id_with_slashes_percent_encoded(api: Api, given: Given) -> None:
    media = given.media()
    if "/" not in media.id:
        raise NotApplicable("the ids of this server have no slash")

    exchange = api.get_media(media.id)

    expect.success(exchange)
    expect.equal(exchange.at("data", "id"), media.id, "`data.id`", exchange)


@requirement("FH-GET-12")
def test_another_caller_cannot_get_the_media(api: Api, given: Given) -> None:
    given.working.list(caller="other")
    for media in (given.media(), given.shared.sample("video/mp4")):
        given.fetched(media)

        exchange = api.get_media(media.id, caller="other")

        observe.nothing_given(exchange)
        expect.refused(exchange)
        expect.success(api.get_media(media.id))
        if is_of_one_thing(media.upload.id):  # it may be the id of another session's media
            observe.nothing_given(api.get_media(media.upload.id, caller="other"))


@requirement("FH-GET-12")
def test_another_caller_cannot_get_media_of_any_type(api: Api, given: Given) -> None:
    given.working.list(caller="other")
    media = [given.shared.sample(content_type) for content_type in RESULTING_TYPES]

    exchanges = parallel(lambda one: api.get_media(one.id, caller="other"), media)

    for exchange in exchanges:
        observe.nothing_given(exchange)


@requirement("FH-GET-13")
@pytest.mark.parametrize("media_id", BAD_IDS.values(), ids=BAD_IDS)
def test_get_of_a_bad_id_is_no_server_error(api: Api, given: Given, media_id: str) -> None:
    given.working.get()

    exchange = api.get_media(media_id)

    expect.not_a_server_error(exchange)


@requirement("FH-GET-14")
def test_media_url_is_signed_for_a_day(given: Given) -> None:
    media = given.media()
    exchange = given.fetched(media)

    url = SignedUrl(expect.url(exchange, "data", "media_url"))

    expect.that(url.signed, "a signed media_url", "it has no signature", exchange)
    wanted = "media_url to be valid for 24 hours"
    if url.lifetime_s is not None:
        near = is_about_a_day(url.lifetime_s)
        expect.that(near, wanted, f"it is valid for {url.lifetime_s} seconds", exchange)
    early_s = seconds_before(url.signed_at, media.upload.signed.signed_at)
    actual = f"it was signed {early_s:.0f} seconds before its upload URL"
    expect.that(early_s <= HOUR_S + TOLERANCE_S, wanted, actual, exchange)


@requirement("FH-GET-SCHEMA-REF")
def test_thumbnail_url_is_a_url(given: Given) -> None:
    given.fetched(media := given.media())  # a thumbnail may appear only in the second answer

    exchange = given.fetched(media)

    shown = exchange.at("data", "thumbnail_url")
    if shown is not None and not holds_a_picture(str(shown)):
        expect.url(exchange, "data", "thumbnail_url")


@requirement("FH-GET-15")
@pytest.mark.parametrize("content_type", RESULTING_TYPES)
def test_mime_type_is_the_declared_type(given: Given, storage: Storage, content_type: str) -> None:
    media = given.shared.sample(content_type)

    exchange = given.fetched(media)

    reported_as_declared(media, exchange, storage)


@requirement("FH-GET-15")
def test_mime_type_follows_the_declaration_whatever_the_filename(
    api: Api, given: Given, storage: Storage
) -> None:
    media = media_called(f"conformance-{uuid4().hex[:8]}.png", "video/mp4", api, given)

    exchange = given.fetched(media)

    reported_as_declared(media, exchange, storage)
