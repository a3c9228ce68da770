"""Filenames: everyday ones, alike ones and hostile ones, and media that have them.

A server may refuse any of these names, and a case has nothing to judge then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.harness.concurrency import parallel
from conformance.judge import expect
from conformance.judge.finding import NotApplicable, precondition
from conformance.profiles.feedhive.given import COMPLETE, CREATE, UPLOAD_URL, upload_of
from conformance.profiles.feedhive.upload import Media

if TYPE_CHECKING:
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.upload import Upload

#: Names that people's files have.
EVERYDAY = {
    "a space": "my picture.png",
    "an umlaut": "Grüße.png",
    "a combined umlaut": "Gru\u0308ße.png",
    "parentheses": "picture (1).png",
    "an upper-case extension": "DSC00042.PNG",
    "no extension": "picture",
    "a zero": "0",
    "an ampersand": "salt & pepper.png",
    "a plus sign": "one+one.png",
    "two dots": "holiday.2024.png",
    "Japanese": "日の出.png",
    "Cyrillic without an extension": "рассвет",
}
#: Names that people's files have too, with signs that mean something in a URL.
WITH_SIGNS = {
    "a percent sign": "50%25 off.png",
    "a hash": "holiday #1.png",
    "punctuation": "Anna's, final [2].png",
    "an at sign and others": "team@home~v2;final.png",
}
#: Names that become equal where a clean-up drops what it does not know.
ALIKE = {
    "spaces and signs": ["my picture.png", "my+picture.png", "my&picture.png", "my  picture.png"],
    "accents": ["façade.png", "fàcade.png", "facade.png"],
    "letter case": ["My Picture.png", "my PICTURE.PNG", "MY picture.png"],
    "other scripts": ["日の出.png", "рассвет.png", "夕焼け.png"],
    "long names": ["n" * 200 + "a.png", "n" * 200 + "b.png"],
    "folders": ["a/picture.png", "b/picture.png", "a\\picture.png"],
    "extensions": ["photo.png", "photo.jpg", "photo"],
    "one name": ["same picture.png", "same picture.png"],
}
#: Names of one file that is uploaded again and again; where a server names media by them, a
#: clean-up or the loss of the extension makes them equal. The braces take a token.
MEDIA_ALIKE = ["{} Picture.png", "{} picture.png", "{}-picture.png", "{} picture"]
#: Names that are made to break a server.
HOSTILE = {
    "unicode": "日の出 🌅 façade.png",
    "right to left": "\u202egnp.exe.png",
    "path steps": "../../../etc/passwd.png",
    "backslashes": "..\\..\\boot.png",
    "quotes": 'say "cheese" & it\'s fine.png',
    "percent signs": "100%25 %2e%2e%2f %zz.png",
    "leading dot": ".htaccess",
    "question mark and hash": "what?now#here.png",
    "line break": "two\r\nlines.png",
    "markup": "<script>alert(1)</script>.png",
    "very long": "n" * 2_000 + ".png",
    "longer than a column": "n" * 296 + ".png",
    "long in bytes": "\u7d75" * 100 + ".png",
    "no extension": "picture",
}


def upload_if_accepted(api: Api, filename: str, caller: str = "main") -> Upload | None:
    """Return an upload of a filename, or None where the server refuses the filename."""
    exchange = api.create_upload(filename, "image/png", caller=caller)
    if exchange.refuses:
        return None
    with precondition(CREATE):
        upload = upload_of(exchange, "image/png", filename, caller)
    with precondition(UPLOAD_URL):  # a raw filename in the URL stops strict clients
        expect.url(exchange, "data", "upload_url")
    return upload


def media_if_accepted(api: Api, given: Given, filename: str, caller: str = "main") -> Media | None:
    """Return a media of a filename, or None where the server refuses the filename."""
    upload = upload_if_accepted(api, filename, caller)
    return given.completed(given.stored(upload)) if upload else None


def alike(given: Given, media: Media) -> list[Media]:
    """Return newer items of the same filename, and of filenames that begin in the same way.

    All are of the same caller. Filenames that the server refuses are left out.
    """
    name, caller = media.upload.filename, media.upload.caller
    stem, _, extension = name.rpartition(".")
    names = (name, f"{stem}-2.{extension}", f"{name}.{extension}")
    made = parallel(lambda name: media_if_accepted(given.api, given, name, caller), names)
    return [one for one in made if one is not None]


def everyday_media(api: Api, given: Given, filename: str) -> Media:
    """Return a media of a filename; `NotApplicable` where the server refuses the filename."""
    media = media_if_accepted(api, given, filename)
    if media is None:
        raise NotApplicable("the server refuses this filename")
    return media


def crowd_of_one_name(given: Given) -> list[Upload]:
    """Return sessions of one filename, many of them created at the same moment.

    An id made from the time differs between two requests, but not between ten at once.
    """
    rounds = [
        parallel(lambda _: given.created_upload(filename="same.png"), range(10)) for _ in range(3)
    ]
    return [upload for one in rounds for upload in one]


def media_called(name: str, content_type: str, api: Api, given: Given) -> Media:
    """Return a media item whose filename does not fit its type.

    Args:
        name: The filename.
        content_type: The declared type, which is also that of the file.
        api: The API under test.
        given: What stores the file.

    Raises:
        NotApplicable: The server refuses the filename, or the file because of it.
    """
    exchange = api.create_upload(name, content_type)
    if exchange.refuses:
        raise NotApplicable("the server refuses a filename that does not fit the type")
    with precondition(CREATE):
        upload = given.stored(upload_of(exchange, content_type, name))
    completed = api.complete_upload(upload.id)
    if completed.refuses:
        raise NotApplicable("the server refuses a file whose name does not fit the type")
    with precondition(COMPLETE):
        return Media(expect.text(completed, "data", "id"), upload)
