"""Filenames that a server may refuse, and media that have them."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any, cast

import pytest

from conformance.judge.finding import Blocked, NotApplicable
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive.filename import (
    ALIKE,
    EVERYDAY,
    HOSTILE,
    WITH_SIGNS,
    crowd_of_one_name,
    everyday_media,
    media_called,
    media_if_accepted,
    upload_if_accepted,
)
from conformance.profiles.feedhive.upload import Media, Upload

if TYPE_CHECKING:
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given

UPLOAD = {
    "upload_id": "upl_1",
    "upload_url": "https://storage.example/media/key?X-Amz-Signature=feed",
    "expires_at": "2032-01-31T12:00:00Z",
}


def answered(status: int, data: object = None) -> Exchange:
    found = {"success": status < 300, "data": data}
    body = json.dumps(found).encode()
    response = Response(status, (("Content-Type", "application/json"),), body, 0.0)
    return Exchange(Request("POST", "http://h/media/uploads"), response)


CREATED = answered(200, UPLOAD)
COMPLETED = answered(200, {"id": "med_1"})
REFUSED = answered(422)
BROKEN = answered(500)


class OneServer:
    """An api with one answer for each operation, and the arrangements on it."""

    def __init__(self, created: Exchange = CREATED, completed: Exchange = COMPLETED) -> None:
        self._created, self._completed = created, completed
        self.names: list[str] = []
        self.api = cast("Api", self)
        self.given = cast("Given", self)

    def create_upload(self, filename: str, _: str, **__: str) -> Exchange:
        """Answer a create."""
        self.names.append(filename)
        return self._created

    def complete_upload(self, _: str) -> Exchange:
        """Answer a complete."""
        return self._completed

    def stored(self, upload: Upload) -> Upload:
        """Return the upload, whose bytes are stored."""
        return upload

    def completed(self, upload: Upload) -> Media:
        """Return the media of an upload."""
        return Media("med_1", upload)

    def created_upload(self, **parts: Any) -> Upload:
        """Return an upload of the filename."""
        self.names.append(parts["filename"])
        return cast("Upload", object())


def test_an_accepted_filename_becomes_a_media_that_has_it() -> None:
    server = OneServer()

    upload = upload_if_accepted(server.api, "my picture.png")
    media = everyday_media(server.api, server.given, "Grüße.png")

    assert upload is not None
    assert upload.filename == "my picture.png"
    assert media.upload.filename == "Grüße.png"
    assert server.names == ["my picture.png", "Grüße.png"]


def test_a_refused_filename_gives_nothing_to_judge() -> None:
    server = OneServer(created=REFUSED)

    assert upload_if_accepted(server.api, "a b.png") is None
    assert media_if_accepted(server.api, server.given, "a b.png") is None
    with pytest.raises(NotApplicable, match="refuses this filename"):
        everyday_media(server.api, server.given, "a b.png")


def test_a_server_error_is_not_a_refusal_of_the_filename() -> None:
    with pytest.raises(Blocked, match="FH-CREATE-01"):
        upload_if_accepted(OneServer(created=BROKEN).api, "a b.png")


def test_a_media_is_called_as_asked() -> None:
    server = OneServer()

    media = media_called("clip.png", "video/mp4", server.api, server.given)

    assert (media.id, media.upload.filename, media.content_type) == (
        *("med_1", "clip.png"),
        "video/mp4",
    )


@pytest.mark.parametrize("refusing", ["created", "completed"])
def test_a_name_that_does_not_fit_its_type_may_be_refused(refusing: str) -> None:
    server = OneServer(**{refusing: REFUSED})

    with pytest.raises(NotApplicable, match="does not fit the type"):
        media_called("clip.png", "video/mp4", server.api, server.given)


@pytest.mark.parametrize(
    ("failing", "row"), [("created", "FH-CREATE-01"), ("completed", "FH-COMPLETE-01")]
)
def test_a_server_error_blocks_the_case_by_its_row(failing: str, row: str) -> None:
    server = OneServer(**{failing: BROKEN})

    with pytest.raises(Blocked, match=row):
        media_called("clip.png", "video/mp4", server.api, server.given)


def test_the_sessions_of_a_crowd_have_one_name() -> None:
    server = OneServer()

    uploads = crowd_of_one_name(server.given)

    assert len(uploads) == len(server.names) == 30
    assert len(set(server.names)) == 1


def cleaned(name: str) -> str:
    """Return what a careless clean-up leaves of a name.

    Only lower-case ASCII letters and digits, no folder, no extension, and not many of them.
    """
    last = re.split(r"[/\\]", name)[-1]
    stem = last.rpartition(".")[0] or last
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower())[:64]


@pytest.mark.parametrize("names", ALIKE.values(), ids=ALIKE)
def test_alike_names_become_equal_in_a_clean_up(names: list[str]) -> None:
    assert len(names) > 1
    assert len({cleaned(name) for name in names}) == 1


def test_everyday_names_could_be_those_of_files() -> None:
    for name in (*EVERYDAY.values(), *WITH_SIGNS.values()):
        assert name.isprintable()
        assert not set('/\\:*?"<>|') & set(name)
        assert len(name.encode()) < 255


def test_no_two_names_are_the_same() -> None:
    for table in ({**EVERYDAY, **WITH_SIGNS}, HOSTILE):
        assert len(set(table.values())) == len(table)
