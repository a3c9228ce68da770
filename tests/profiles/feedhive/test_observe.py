"""What must stay, by URL and in the bucket, and whether a URL is that of another item."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, cast

import pytest

from conformance.harness.bucket import StoredObject
from conformance.harness.completions import Completions
from conformance.harness.transcript import Transcript
from conformance.judge.finding import Blocked, Violation
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive import observe
from conformance.profiles.feedhive.observe import (
    is_its_own,
    left_alone,
)
from conformance.profiles.feedhive.upload import Media, Upload

if TYPE_CHECKING:
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given

URL = "https://storage.example/a.png"
OBJECT = StoredObject("a.png", 3, "image/png", "feed")


def served(body: bytes, content_type: str = "image/png", status: int = 200) -> Exchange:
    response = Response(status, (("Content-Type", content_type),), body, 0.0)
    return Exchange(Request("GET", URL), response)


def listing(*items: dict[str, str]) -> Exchange:
    data = {"items": list(items), "total": len(items), "has_more": False, "next_cursor": None}
    return served(json.dumps({"success": True, "data": data}).encode(), "application/json")


class OneList:
    """The arrangements on a server whose list has one page."""

    def __init__(self, *items: dict[str, str]) -> None:
        self._page = listing(*items)
        self.api = self

    def list_media(self, **_: Any) -> Exchange:
        """Return the page."""
        return self._page


MINE = {"id": "med_1", "media_url": f"{URL}?X-Amz-Signature=feed"}


def own_url(url: str, *items: dict[str, str]) -> None:
    media = Media("med_1", Upload("upl_1", URL, "image/png", "a.png", None, served(b"")))
    is_its_own(cast("Given", OneList(*items)), url, media)


@pytest.mark.parametrize(
    "others",
    [[], [{"id": "med_2", "media_url": "https://storage.example/b.png"}], [{"id": "med_2"}]],
    ids=["alone", "beside another", "beside one without a URL"],
)
def test_the_url_of_an_item_itself_is_its_own(others: list[dict[str, str]]) -> None:
    own_url(MINE["media_url"], MINE, *others)


@pytest.mark.parametrize("url", [URL, f"{URL}?X-Amz-Signature=beef", f"{URL[:-5]}%61.png"])
def test_a_url_of_another_item_is_not_its_own_however_it_is_written(url: str) -> None:
    with pytest.raises(Blocked, match="FH-PUT-04"):
        own_url(URL, MINE, {"id": "med_2", "media_url": url})


def test_no_url_is_not_that_of_an_item_without_one() -> None:
    own_url("", MINE, {"id": "med_2"})


class Changing:
    """A list that another client changes once, after some looks."""

    def __init__(self, looks: int, *, shared: bool = False) -> None:
        self._looks = looks
        self.shared = shared
        self.completions = Completions(Transcript("run"), bound_s=1)

    def list_media(self, **_: Any) -> Exchange:
        """Return the page."""
        self._looks -= 1
        return listing({"id": "mine"}, *([{"id": "theirs"}] if self._looks < 0 else []))


def test_another_client_that_was_seen_once_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observe, "_LOOK_S", 0.001)
    api = cast("Api", Changing(5))
    for _ in range(2):
        with pytest.raises(Blocked, match="other clients"):
            left_alone(api)


def test_other_shards_are_company_that_is_known_beforehand() -> None:
    api = cast("Api", Changing(1_000, shared=True))

    with pytest.raises(Blocked, match="other shards may use the same tokens"):
        left_alone(api)
    with (
        pytest.raises(Blocked, match="other shards may use the same tokens"),
        observe.undisturbed(api),
    ):
        raise Violation("one more", "two more", None)


def test_a_library_that_nobody_changes_is_watched_longer_the_first_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(observe, "FIRST_WATCH_S", 0.1)
    monkeypatch.setattr(observe, "WATCH_S", 0.0)
    api = cast("Api", Changing(1_000))
    began = time.monotonic()
    left_alone(api)
    assert time.monotonic() - began >= 0.1
    left_alone(api)


class Fetched:
    """An api whose fetches succeed, and whose ids may be given again."""

    def __init__(self, *, again: bool) -> None:
        self._again = again
        self.reads = self.completions = self

    def get_media(self, _: str) -> Exchange:
        """Return an item."""
        return served(b'{"success": true, "data": {"id": "7"}}', "application/json")

    def wait(self) -> None:
        """Nothing is under way."""

    def is_given_again(self, _: str) -> bool:
        """Whether another item has the id."""
        return self._again


@pytest.mark.parametrize(("again", "finding"), [(True, Blocked), (False, Violation)])
def test_a_deleted_item_that_is_shown_is_blamed_unless_another_has_its_id(
    *, again: bool, finding: type[Exception]
) -> None:
    with pytest.raises(finding):
        observe.gone(cast("Api", Fetched(again=again)), "7")
