"""The URLs of an item, and what an answer of the storage shows of a file."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from conformance.judge.finding import Blocked, Violation
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive import files
from conformance.profiles.feedhive.files import (
    is_refused,
    read_in_time,
    still_there,
    url_of,
    usable_url,
)

if TYPE_CHECKING:
    from conformance.harness.storage import Storage

GOOD, LAX, BROKEN = "https://h/a.png?s=1", "https://h/my picture.png", "http://[::1/a.png"


def shown(media_url: object) -> Exchange:
    body = json.dumps({"success": True, "data": {"media_url": media_url}}).encode()
    response = Response(200, (("Content-Type", "application/json"),), body, 0.0)
    return Exchange(Request("GET", "http://api/media/1"), response)


def answer(status: int) -> Exchange:
    return Exchange(Request("GET", GOOD), Response(status, (), b"", 0.0))


NO_ANSWER = Exchange(Request("GET", GOOD), None, "ReadTimeout")


@pytest.mark.parametrize("url", [GOOD, LAX])
def test_a_url_that_clients_can_request_is_read(url: str) -> None:
    assert url_of(shown(url)) == usable_url(shown(url)) == url


@pytest.mark.parametrize("value", [None, 7, {"href": GOOD}])
def test_what_is_not_a_text_is_no_url(value: object) -> None:
    assert url_of(shown(value)) is None
    assert usable_url(shown(value)) == ""


@pytest.mark.parametrize("value", [BROKEN, "", "/relative", "http://h:99999/a"])
def test_a_broken_url_blocks_by_the_requirement_that_judges_it(value: str) -> None:
    with pytest.raises(Blocked, match="FH-GET-14"):
        url_of(shown(value))
    assert usable_url(shown(value)) == ""


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_file_is_gone_where_the_storage_says_so(status: int) -> None:
    with pytest.raises(Violation, match="they are gone"):
        still_there(answer(status))
    assert is_refused(answer(status))


@pytest.mark.parametrize("exchange", [answer(500), answer(503), answer(429), NO_ANSWER])
def test_a_failing_storage_does_not_show_that_a_file_is_gone(exchange: Exchange) -> None:
    with pytest.raises(Violation, match="could not be read"):
        still_there(exchange)
    assert not is_refused(exchange)


def test_a_file_that_is_served_is_there() -> None:
    still_there(answer(200))
    assert not is_refused(answer(200))


def test_a_new_file_may_come_a_while_after_its_item(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [answer(404), answer(403), answer(200)]
    storage = cast("Storage", SimpleNamespace(read=lambda _: answers.pop(0)))
    monkeypatch.setattr(files, "sleep", lambda _: None)

    assert read_in_time(storage, GOOD).succeeded
    assert not answers


@pytest.mark.parametrize("status", [404, 500])
def test_a_file_that_never_comes_is_looked_for_until_the_bound(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []

    def read(url: str) -> Exchange:
        looks.append(url)
        return answer(status)

    monkeypatch.setattr(files, "sleep", lambda _: None)
    monkeypatch.setattr(files, "PUBLIC_SOON_S", 0.05)

    found = read_in_time(cast("Storage", SimpleNamespace(read=read)), GOOD)

    assert found.status == status
    assert (len(looks) > 1) is (status == 404)
