"""Deleted media: which places are watched, and what shows that the bytes are gone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from conformance.harness.lag import Watch
from conformance.judge.finding import Blocked, Finding, NotApplicable
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive import removals
from conformance.profiles.feedhive.removals import (
    LARGE,
    LARGE_FILM,
    MEDIA_URL,
    OBJECT,
    OF_ANOTHER,
    PLACES,
    SENT_TWICE,
    Removal,
    Removals,
)
from conformance.profiles.feedhive.upload import RESULTING_TYPES, Media, Upload

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.profiles.feedhive.given import Given

EXCHANGE = Exchange(Request("POST", "http://h/media/uploads"))
UPLOAD = Upload("1", "http://s:9000/b/k?X-Amz-Signature=1", "image/png", "a.png", None, EXCHANGE)
MEDIA = Media("m", UPLOAD)


class OneAnswer:
    """A storage whose answers the test makes."""

    def __init__(self, read: Callable[[], Exchange]) -> None:
        self._read = read

    def read(self, _: str) -> Exchange:
        """Return the answer."""
        return self._read()


def answered(status: int) -> Callable[[], Exchange]:
    return lambda: Exchange(Request("GET", "http://s/"), Response(status, (), b"", 0.0))


def lost() -> Exchange:
    raise Blocked(limit="the file could not be read: ReadTimeout")


@pytest.mark.parametrize(
    ("read", "gone"),
    [
        (answered(404), True),
        (answered(403), True),
        (answered(200), False),
        (answered(500), False),
        (lost, False),
    ],
    ids=["404", "403", "200", "500", "no answer"],
)
def test_only_a_refusal_shows_that_the_bytes_are_gone(
    read: Callable[[], Exchange], *, gone: bool
) -> None:
    storage = cast("Storage", OneAnswer(read))

    assert removals._refuses(storage, "http://s/") is gone


@pytest.mark.parametrize(
    ("url", "leads"),
    [
        ("http://s:9000/b/k?X-Amz-Signature=2", True),
        ("http://s:9000/b/k", False),
        ("http://cdn/b/k?X-Amz-Signature=2", False),
        ("http://[::1/", False),
    ],
)
def test_a_signed_url_of_the_uploads_host_leads_to_the_storage(url: str, *, leads: bool) -> None:
    assert removals.leads_to_the_storage(url, MEDIA) is leads


def test_a_place_that_nobody_watches_says_why() -> None:
    watch = Watch({MEDIA_URL: lambda: True}, 1.0)
    removal = Removal(MEDIA, watch, {OBJECT: NotApplicable("not here")}, {}, frozenset(), {})

    assert removal.lag(MEDIA_URL).happened
    with pytest.raises(NotApplicable, match="not here"):
        removal.lag(OBJECT)


def test_a_broken_create_is_noticed_once_and_blocks_each_type() -> None:
    asked: list[Any] = []

    class Working:
        def create(self) -> None:
            asked.append(1)
            raise Blocked(limit="create is broken")

    given = SimpleNamespace(working=Working(), media=print)
    harness = SimpleNamespace(target=SimpleNamespace(capabilities={"other-token"}))
    found = Removals(cast("Harness", harness), cast("Given", given))

    found.begin()

    assert asked == [1]
    assert set(found) == {*RESULTING_TYPES, LARGE, LARGE_FILM, SENT_TWICE, OF_ANOTHER}
    with pytest.raises(Blocked, match="broken"):
        found.of("image/png")


def test_bytes_that_come_back_after_they_were_gone_are_named() -> None:
    gone = iter([True, False])
    looks: dict[str, Callable[[], bool]] = {OBJECT: lambda: next(gone)}
    nowhere = NotApplicable("not here")
    unwatched: dict[str, Finding] = dict.fromkeys(set(PLACES) - {OBJECT}, nowhere)
    removal = Removal(MEDIA, Watch(looks, 1.0), unwatched, {}, frozenset(), looks)

    assert removal.came_back(cast("Storage", None)) == [OBJECT]
