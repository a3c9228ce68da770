"""The types of pictures and films, and near misses of them."""

from __future__ import annotations

import pytest

from conformance.model.media_type import is_media_type


@pytest.mark.parametrize(
    "text",
    [
        *("image/jpeg", "image/jpg", "image/png", "image/gif", "video/mp4", "video/quicktime"),
        *("video/mov", "image/webp", "image/svg+xml", "Image/PNG", "video/mp4; codecs=avc1"),
        *("image/x-icon", "image/vnd.adobe.photoshop", "application/octet-stream"),
    ],
)
def test_a_type_of_a_picture_or_film_is_known(text: str) -> None:
    assert is_media_type(text)


@pytest.mark.parametrize(
    "text", ["", "png", "image/", "image/pnx", "video/quicktimx", "video/*", "text/html", "\0"]
)
def test_anything_else_is_not(text: str) -> None:
    assert not is_media_type(text)
