"""Lists that lag: new media are waited for, within a bound; a prompt list is asked once."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from conformance.judge import expect
from conformance.judge.finding import Blocked, Violation
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive import given as arrangements
from conformance.profiles.feedhive import library
from conformance.profiles.feedhive.given import Given
from conformance.profiles.feedhive.library import Arrivals
from conformance.profiles.feedhive.upload import Upload

if TYPE_CHECKING:
    from conformance.profiles.feedhive.api import Api


class LaggingApi:
    """An api whose list shows a media from the n-th look on."""

    def __init__(self, from_look: int) -> None:
        self.looks = 0
        self._from_look = from_look

    def list_media(self, **_: Any) -> Exchange:
        """Return a page."""
        self.looks += 1
        items = [{"id": "med_1"}] if self.looks >= self._from_look else []
        data = {"items": items, "total": len(items), "has_more": False, "next_cursor": None}
        body = json.dumps({"success": True, "data": data}).encode()
        response = Response(200, (("Content-Type", "application/json"),), body, 0.0)
        return Exchange(Request("GET", "http://h/media"), response)


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (library, arrangements):
        monkeypatch.setattr(module, "LISTED_WITHIN_S", 0.1)
        monkeypatch.setattr(module, "_LOOK_S", 0.01)


def waited(api: LaggingApi, times: int) -> None:
    arrivals = Arrivals(cast("Api", api))
    for _ in range(times):
        arrivals.wait("med_1")


def test_a_prompt_list_is_asked_once() -> None:
    api = LaggingApi(from_look=1)

    waited(api, times=3)

    assert api.looks == 1


def test_a_list_that_lags_is_asked_until_it_shows_the_media_and_for_each_media_again() -> None:
    api = LaggingApi(from_look=4)

    waited(api, times=2)

    assert api.looks == 4 + 1


def test_after_a_media_that_never_came_nothing_is_waited_for() -> None:
    api = LaggingApi(from_look=10_000)
    arrivals = Arrivals(cast("Api", api))
    arrivals.wait("med_1")
    looks = api.looks

    arrivals.wait("med_1")

    assert api.looks == looks > 1


def judging(results: list[bool]) -> tuple[Given, list[bool]]:
    given = cast("Any", object.__new__(Given))
    given._impatient = set()
    given._transcript = SimpleNamespace(course=SimpleNamespace(requirement="FH-LIST-09"))
    return given, results


def test_a_judgement_that_holds_in_time_passes() -> None:
    given, results = judging([False, False, True])

    given.in_time(lambda: expect.that(results.pop(0), "a list", "another"))

    assert not results


def test_a_judgement_that_never_holds_fails_and_the_next_one_does_not_wait() -> None:
    given, _ = judging([])
    looks: list[int] = []

    def never() -> None:
        looks.append(1)
        expect.violated("a list", "another")

    with pytest.raises(Violation):
        given.in_time(never)
    first = len(looks)
    with pytest.raises(Violation):
        given.in_time(never)

    assert len(looks) == first + 1 > 2


def test_the_cases_of_another_requirement_still_wait() -> None:
    given, results = judging([False, True])

    with pytest.raises(Violation):
        given.in_time(lambda: expect.violated("an order", "another"), 0.0, "FH-LIST-14")
    given.in_time(lambda: expect.that(results.pop(0), "a total", "another"))

    assert not results


@pytest.mark.parametrize(("seconds", "expired"), [(5, False), (61, True)])
def test_a_session_that_was_over_before_its_complete_proves_nothing(
    seconds: float, *, expired: bool
) -> None:
    created = Exchange(Request("POST", "http://h/media/uploads"), started=time.time() - seconds)
    url = "http://h/a.png?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=60"
    upload = Upload("upl_1", url, "image/png", "a.png", None, created)
    refusal = Exchange(Request("POST", "http://h/x"), Response(400, (), b"{}", 0.0))
    given = object.__new__(Given)
    given.api = cast("Api", SimpleNamespace(complete_upload=lambda *_, **__: refusal))

    with pytest.raises(Blocked) as found:
        given.completed(upload, listed=False)

    assert (found.value.violation is None) == expired
