"""A thumbnail is that of another item only if it shows that item, and not its own."""

from __future__ import annotations

import io

import pytest

from conformance.harness.sample_files import unique
from conformance.profiles.feedhive.thumbnails import is_of_another

PIL = pytest.importorskip("PIL.Image")

OWN, OTHER = unique("image/jpeg"), unique("image/jpeg")


def _scaled(picture: bytes) -> bytes:
    output = io.BytesIO()
    PIL.open(io.BytesIO(picture)).convert("RGB").resize((32, 32)).save(output, "JPEG")
    return output.getvalue()


def _placeholder() -> bytes:
    output = io.BytesIO()
    PIL.new("RGB", (32, 32), "grey").save(output, "PNG")
    return output.getvalue()


def test_a_thumbnail_of_its_own_picture_is_right() -> None:
    assert not is_of_another(OWN, [OTHER], _scaled(OWN))
    assert not is_of_another(OWN, [OTHER], OWN)


def test_the_picture_of_another_item_is_wrong_in_any_size() -> None:
    assert is_of_another(OWN, [OTHER], OTHER)
    assert is_of_another(OWN, [OTHER], _scaled(OTHER))


@pytest.mark.parametrize("shown", [_placeholder(), b"<svg/>"], ids=["grey", "svg"])
def test_a_placeholder_is_of_no_item(shown: bytes) -> None:
    assert not is_of_another(OWN, [OTHER], shown)
