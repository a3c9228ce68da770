"""The FeedHive reference server keeps the page, as a plain client sees it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

GIF = bytes.fromhex("474946383961010001008000000000000000ffffff2c00000000010001000002024401003b")


class Caller:
    """A client with one key."""

    def __init__(self, announced: dict[str, str], key: str = "token") -> None:
        headers = {"Authorization": f"Bearer {announced[key]}"}
        self.http = httpx.Client(base_url=announced["base_url"], headers=headers)

    def create(self, content_type: str = "image/gif") -> dict[str, Any]:
        body = {"filename": "a.gif", "content_type": content_type}
        data: dict[str, Any] = self.http.post("/media/uploads", json=body).json()["data"]
        return data

    def put(
        self, upload: dict[str, Any], body: bytes = GIF, content_type: str = "image/gif"
    ) -> int:
        sent = httpx.put(upload["upload_url"], content=body, headers={"Content-Type": content_type})
        return sent.status_code

    def complete(self, upload: dict[str, Any]) -> httpx.Response:
        return self.http.post(f"/media/uploads/{upload['upload_id']}/complete")

    def media(self) -> str:
        upload = self.create()
        assert self.put(upload) == 200
        media_id: str = self.complete(upload).json()["data"]["id"]
        return media_id

    def get(self, media_id: str) -> httpx.Response:
        return self.http.get(f"/media/{quote(media_id, safe='')}")

    def delete(self, media_id: str) -> httpx.Response:
        return self.http.delete(f"/media/{quote(media_id, safe='')}")


@pytest.fixture
def main(feedhive: dict[str, str]) -> Iterator[Caller]:
    caller = Caller(feedhive)
    yield caller
    caller.http.close()


@pytest.fixture
def other(feedhive: dict[str, str]) -> Iterator[Caller]:
    caller = Caller(feedhive, "other_token")
    yield caller
    caller.http.close()


def test_the_whole_lifecycle(main: Caller) -> None:
    media_id = main.media()
    item = main.get(media_id).json()["data"]

    assert (item["id"], item["type"], item["mime_type"]) == (media_id, "gif", "image/gif")
    assert httpx.get(item["media_url"]).content == GIF
    assert main.delete(media_id).json()["data"]["id"] == media_id
    assert main.get(media_id).status_code == main.delete(media_id).status_code == 404
    assert httpx.get(item["media_url"]).status_code == 404


def test_the_four_rules_of_complete(main: Caller) -> None:
    bare, empty, done = main.create(), main.create(), main.create()
    main.put(empty, b"")
    main.put(done)
    main.complete(done)

    assert main.complete({"upload_id": "upl_unknown"}).status_code == 404
    assert main.complete(bare).status_code == 400
    assert main.complete(empty).status_code == 400
    assert main.complete(done).status_code == 409
    assert main.put(main.create(), content_type="image/png") == 403


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/media/uploads", "PUT", {"POST"}),
        ("/media/uploads/upl_1/complete", "PATCH", {"POST"}),
        ("/media", "DELETE", {"GET", "HEAD"}),
        ("/media/a%2Fb", "PUT", {"DELETE", "GET", "HEAD"}),
        ("/posts", "DELETE", {"GET", "HEAD", "POST"}),
        ("/posts/pst_1", "PUT", {"DELETE", "GET", "HEAD", "PATCH"}),
    ],
)
def test_another_method_is_refused_with_those_that_the_path_has(
    main: Caller, path: str, method: str, allowed: set[str]
) -> None:
    answer = main.http.request(method, path)

    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == allowed
    assert answer.json()["success"] is False


def test_a_path_of_no_operation_has_no_methods(main: Caller) -> None:
    answer = main.http.get("/nothing")

    assert answer.status_code == 404
    assert "Allow" not in answer.headers


def test_ten_concurrent_completes_make_one_media(main: Caller) -> None:
    upload = main.create()
    main.put(upload)

    with ThreadPoolExecutor(10) as pool:
        statuses = sorted(pool.map(lambda _: main.complete(upload).status_code, range(10)))

    assert statuses == [200, *[409] * 9]


@pytest.mark.parametrize(
    "body",
    [
        {"content_type": "image/gif"},
        {"filename": "", "content_type": "image/gif"},
        {"filename": 7, "content_type": "image/gif"},
        {"filename": "\ud800", "content_type": "image/gif"},
        {"filename": "a.webp", "content_type": "image/webp"},
    ],
    ids=["no name", "empty name", "number", "surrogate", "unsupported"],
)
def test_a_bad_create_is_a_400(main: Caller, body: dict[str, object]) -> None:
    answer = main.http.post("/media/uploads", content=json.dumps(body))

    assert answer.status_code == 400
    assert answer.json()["success"] is False


def test_pages_meet_every_item_once(main: Caller) -> None:
    made = {main.media() for _ in range(5)}
    met: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = main.http.get("/media", params=query).json()["data"]
        met += [item["id"] for item in page["items"]]
        assert page["has_more"] == (page["next_cursor"] is not None)
        cursor = page["next_cursor"]

    assert len(met) == len(set(met)) == page["total"]
    assert made <= set(met)


def test_callers_never_meet(main: Caller, other: Caller) -> None:
    media_id = main.media()

    assert other.get(media_id).status_code == other.delete(media_id).status_code == 404
    assert media_id not in other.http.get("/media", params={"limit": "100"}).text
    assert main.get(media_id).status_code == 200


def test_without_a_key_nothing_is_given(feedhive: dict[str, str]) -> None:
    answer = httpx.get(feedhive["base_url"] + "/media")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_post_shows_its_media_in_order_and_leaves_the_list(main: Caller) -> None:
    ids = [main.media(), main.media()]
    made = main.http.post("/posts", json={"text": "a", "media": ids})
    post = made.json()["data"]
    path = f"/posts/{post['id']}"
    updated = main.http.patch(path, json={"media": ids[::-1]}).json()["data"]

    assert (made.status_code, post["status"]) == (201, "draft")
    assert [item["id"] for item in post["media"]] == ids
    assert [item["id"] for item in updated["media"]] == ids[::-1]
    assert (updated["text"], updated["media"][0]["type"]) == ("a", "gif")
    assert httpx.get(updated["media"][0]["url"]).content == GIF
    assert main.http.delete(path).json()["data"]["id"] == post["id"]
    assert main.http.get(path).status_code == 404
    assert post["id"] not in main.http.get("/posts").text


def test_the_pages_of_posts_meet_every_post_once(main: Caller) -> None:
    made = {main.http.post("/posts", json={"text": "a"}).json()["data"]["id"] for _ in range(3)}
    met: list[str] = []
    query = {"limit": "2"}
    while True:
        page = main.http.get("/posts", params=query).json()["data"]
        met += [post["id"] for post in page["items"]]
        if not page["has_more"]:
            break
        query["cursor"] = page["next_cursor"]

    assert len(met) == len(set(met)) == page["total"]
    assert made <= set(met)


@pytest.mark.parametrize("kind", ["foreign", "open upload", "twice", "no text", "unknown"])
def test_a_post_refuses_wrong_media(main: Caller, other: Caller, kind: str) -> None:
    mine = main.media()
    media = {
        "foreign": [other.media()],
        "open upload": [main.create()["upload_id"]],
        "twice": [mine, mine],
        "unknown": ["med_unknown"],
    }.get(kind, [])
    text = {} if kind == "no text" else {"text": "a"}

    answer = main.http.post("/posts", json={**text, "media": media})

    assert (answer.status_code, answer.json()["success"]) == (400, False)
