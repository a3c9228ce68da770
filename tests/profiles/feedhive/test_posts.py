"""Posts: which answers show their media, and that no post of a run stays."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest

from conformance.harness.harness import Harness
from conformance.judge.finding import Violation
from conformance.model.exchange import Exchange, Request, Response
from conformance.model.profile import Profile
from conformance.profiles.feedhive.given import Given
from conformance.profiles.feedhive.post_id import post_id_in
from conformance.profiles.feedhive.posts import (
    Post,
    Posts,
    is_another,
    shows,
    shows_media,
    shows_types,
    urls_in,
)
from conformance.profiles.feedhive.upload import Media, Upload
from conformance.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

ASKED = Exchange(Request("POST", "http://h"))


def media(media_id: str, content_type: str) -> Media:
    return Media(media_id, Upload("", "", content_type, "", None, ASKED))


PICTURE, FILM = media("a/1", "image/png"), media("b", "video/mov")
POST = Post("7", "Hello", (PICTURE, FILM), ASKED)


def item(one: Media, **members: object) -> dict[str, object]:
    kind = "video" if one is FILM else "image"
    return {"id": one.id, "type": kind, "url": f"https://h/{one.id}", **members}


def answer(data: Any, status: int = 200) -> Exchange:
    body = json.dumps({"success": True, "data": data}).encode()
    return Exchange(Request("GET", "http://h"), Response(status, (), body, 0.0))


@pytest.mark.parametrize(
    ("post_id", "shown", "another"),
    [
        ("7", {"text": "Of a later post"}, True),
        ("7", {"text": "Hello"}, False),
        ("7", {"id": "7"}, False),
        ("7", None, False),
        ("pst_5f0c1a2b3d4e5f60", {"text": "Changed"}, False),
    ],
)
def test_a_counted_id_with_another_text_is_of_another_post(
    post_id: str, shown: object, *, another: bool
) -> None:
    assert is_another(shown, Post(post_id, "Hello", (), ASKED)) is another


@pytest.mark.parametrize(
    "data",
    [
        {"id": "7", "media": [item(PICTURE), item(FILM)]},
        {"id": 7, "media": [item(PICTURE), item(FILM)], "text": "Hello", "status": "draft"},
        {"id": "7", "media": ["a/1", "b"], "text": None},
    ],
    ids=["id and media", "number and more members", "ids only"],
)
def test_a_post_as_it_was_made_passes(data: dict[str, Any]) -> None:
    shows(answer(data), POST)


@pytest.mark.parametrize("media", [{}, {"media": None}, {"media": []}], ids=["none", "null", "[]"])
def test_a_post_without_media_may_have_no_list(media: dict[str, Any]) -> None:
    shows(answer({"id": "7", **media}), Post("7", "Hello", (), ASKED))


def test_a_post_without_media_shows_none() -> None:
    with pytest.raises(Violation):
        shows(answer({"id": "7", "media": [item(PICTURE)]}), Post("7", "Hello", (), ASKED))


@pytest.mark.parametrize(
    ("text", "same"),
    [("& <\nb", True), ("& <\r\nb", True), ("& <\nb ", True), ("& < b", False), ("&amp;", False)],
)
def test_the_line_ends_of_a_text_do_not_matter(text: str, *, same: bool) -> None:
    exchange, post = answer({"id": "7", "text": text}), Post("7", "& <\nb", (), ASKED)
    with nullcontext() if same else pytest.raises(Violation):
        shows(exchange, post)


@pytest.mark.parametrize(
    "data",
    [
        {"id": "7"},
        {"id": "7", "media": {}},
        {"id": "7", "media": []},
        {"id": "7", "media": [item(PICTURE)]},
        {"id": "7", "media": [item(FILM), item(PICTURE)]},
        {"id": "7", "media": [item(PICTURE), item(FILM), item(FILM)]},
        {"id": "7", "media": [item(PICTURE), item(FILM, id="c")]},
        {"id": "7", "media": [item(PICTURE), None]},
        {"id": "8", "media": [item(PICTURE), item(FILM)]},
        {"id": True, "media": [item(PICTURE), item(FILM)]},
        {"id": "7", "media": [item(PICTURE), item(FILM)], "text": "Bye"},
        None,
    ],
)
def test_another_post_fails(data: Any) -> None:
    with pytest.raises(Violation):
        shows(answer(data), POST)


def test_a_refusal_shows_no_media() -> None:
    with pytest.raises(Violation):
        shows_media(answer({"id": "7", "media": []}, 404), [])


def test_each_media_has_its_own_type() -> None:
    shown = answer({"media": [item(PICTURE), item(FILM)]})
    shows_types(shown, [PICTURE, FILM])

    with pytest.raises(Violation, match="types"):
        shows_types(answer({"media": [item(PICTURE), item(FILM, type="image")]}), [PICTURE, FILM])


@pytest.mark.parametrize("url", [None, "", 7, {}])
def test_a_url_is_a_text(url: object) -> None:
    assert urls_in(answer({"media": [item(FILM)]})) == ["https://h/b"]

    with pytest.raises(Violation):
        urls_in(answer({"media": [item(FILM, url=url)]}))


@pytest.mark.parametrize(
    ("shown", "found"), [("p", "p"), (0, "0"), ("", None), (None, None), (False, None), (1.5, None)]
)
def test_the_id_of_a_post_is_a_text_or_a_number(shown: object, found: str | None) -> None:
    assert post_id_in(answer({"id": shown})) == found


@pytest.fixture
def target(feedhive: dict[str, str]) -> Target:
    return Target("feedhive", feedhive["base_url"], feedhive["token"])


@pytest.fixture
def client(feedhive: dict[str, str]) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {feedhive['token']}"}
    with httpx.Client(base_url=feedhive["base_url"], headers=headers) as found:
        yield found


def harness_of(target: Target) -> Harness:
    return Harness(Profile.load("feedhive"), target, run_id=uuid4().hex[:12])


def test_a_run_removes_its_posts(target: Target, client: httpx.Client) -> None:
    harness = harness_of(target)
    given = Given(harness, harness.api)
    posts = Posts(harness.api, given, harness.proof.notice)
    post = posts.made(given.media())
    path = f"/posts/{post.id}"
    assert client.get(path).status_code == 200

    harness.close()

    assert client.get(path).status_code == 404
    assert harness.leftovers == []


def test_the_next_run_removes_what_a_killed_one_left(target: Target, client: httpx.Client) -> None:
    killed = harness_of(target)
    exchange = killed.api.create_post({"text": "Hello", "media": []})
    path = f"/posts/{post_id_in(exchange)}"
    killed.release()

    harness_of(target).close()

    assert client.get(path).status_code == 404


def test_a_post_that_stays_is_told(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    harness = harness_of(target)
    harness.api.create_post({"text": "Hello", "media": []})
    refused = answer(None, 409)
    with monkeypatch.context() as patch:
        patch.setattr(harness.api, "delete_post", lambda *_, **__: refused)
        harness.close()

    assert len(harness.leftovers) == 1
    harness_of(target).close()
