"""Single deviations do what their sentences say, as a plain client sees it."""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from conformance.servers import traffic_variants
from conformance.servers.feedhive.variants import quotas
from tests.servers.caller import object_of, put

if TYPE_CHECKING:
    from tests.servers.caller import Serving


def test_a_storage_with_one_put_per_url_refuses_the_second(serving: Serving) -> None:
    with serving("one-put-per-url") as caller:
        url = caller.create().json()["data"]["upload_url"]

        assert [put(url).status_code for _ in range(2)] == [200, 412]


def test_an_open_storage_takes_unsigned_puts_and_refuses_tampered_ones(serving: Serving) -> None:
    with serving("unsigned-puts-are-taken") as caller:
        url = caller.create().json()["data"]["upload_url"]
        start, _, signature = url.partition("X-Amz-Signature=")

        assert put(f"{start}X-Amz-Signature={signature[::-1]}").status_code == 403
        assert put(url.partition("?")[0]).status_code == 200


def test_the_storage_fails_one_put_in_twelve_and_takes_the_next(serving: Serving) -> None:
    with serving("storage-has-internal-errors") as caller:
        url = caller.create().json()["data"]["upload_url"]
        answers = [put(url) for _ in range(13)]

    assert [answer.status_code for answer in answers] == [*[200] * 11, 500, 200]
    assert "InternalError" in answers[11].text


def test_a_sigv4a_upload_url_works(serving: Serving) -> None:
    with serving("sigv4a-upload-urls", "hayon") as caller:
        url = caller.ask().json()["data"]["uploadUrl"]

        assert "X-Amz-Region-Set=%2A" in url
        assert "us-east-1" not in url
        assert put(url, "image/webp").status_code == 200


@pytest.mark.parametrize(
    ("name", "seconds"), [("proxy-clock-an-hour-behind", -3600), ("proxy-clock-seconds-ahead", 20)]
)
def test_only_the_date_header_has_the_clock_of_the_proxy(
    serving: Serving, name: str, seconds: float
) -> None:
    with serving(name, "hayon") as caller:
        answer = caller.ask()

    date = parsedate_to_datetime(answer.headers["date"]).timestamp()
    assert len(answer.headers.get_list("date")) == 1
    assert date - time.time() == pytest.approx(seconds, abs=5)


def test_a_busy_server_sheds_load_without_a_pause(serving: Serving) -> None:
    with serving("sheds-load-under-bursts") as caller, ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda _: caller.create(), range(48)))

    shed = [answer for answer in answers if answer.status_code == 503]
    assert 0 < len(shed) < len(answers)
    assert not any("retry-after" in answer.headers for answer in shed)


def test_a_key_expires(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic_variants, "KEY_LIFE_S", 0.2)
    with serving("keys-expire") as caller:
        other = {"Authorization": f"Bearer {caller.other_token}"}
        first = caller.http.get("/media", headers=other).status_code
        caller.create()
        time.sleep(0.3)

        assert (first, caller.http.get("/media", headers=other).status_code) == (200, 401)
        assert caller.create().status_code == 201


def test_the_quota_of_open_sessions_counts_the_open_ones(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "OPEN_SESSIONS", 2)
    with serving("quota-of-open-sessions") as caller:
        caller.complete()
        statuses = [caller.create().status_code for _ in range(3)]

    assert statuses == [201, 201, 429]


def test_a_lagging_list_shows_a_new_media_later(serving: Serving) -> None:
    with serving("lists-lag") as caller:
        media_id = caller.complete()
        first = caller.listed()
        time.sleep(0.6)
        later = caller.listed()

    assert (first["total"], first["items"]) == (0, [])
    assert (later["total"], [item["id"] for item in later["items"]]) == (1, [media_id])


def test_ids_in_any_case_name_the_same_item(serving: Serving) -> None:
    with serving("ids-in-any-case") as caller:
        media_id = caller.complete()

        assert caller.get(media_id.upper()).json()["data"]["id"] == media_id


def test_a_media_can_keep_the_id_of_its_upload(serving: Serving) -> None:
    with serving("media-keep-their-upload-id") as caller:
        upload = caller.create().json()["data"]
        put(upload["upload_url"])
        before = caller.get(upload["upload_id"]).status_code
        completed = caller.complete_session(upload["upload_id"]).json()["data"]["id"]

        assert (before, completed) == (404, upload["upload_id"])
        assert caller.get(completed).status_code == 200


def test_the_expiry_is_at_the_end_of_a_minute(serving: Serving) -> None:
    with serving("expiry-in-whole-minutes") as caller:
        data = caller.create().json()["data"]

        assert data["expires_at"].endswith(":00.000Z")
        assert put(data["upload_url"]).status_code == 200


@pytest.mark.parametrize(
    ("name", "filenames"),
    [
        ("other-scripts-share-an-object", ("写真.gif", "фото.gif")),
        ("cleaned-names-share-an-object", ("a b.gif", "a_b.gif")),
        ("names-in-any-case-share-an-object", ("A.gif", "A.GIF")),
        ("one-filename-has-one-object", ("a.gif", "a.gif")),
    ],
)
def test_similar_filenames_get_one_object(
    serving: Serving, name: str, filenames: tuple[str, str]
) -> None:
    with serving(name) as caller:
        first, second = (object_of(caller.create(filename)) for filename in filenames)
        other = object_of(caller.create("other.gif"))

    assert first == second != other


def test_a_session_with_a_shared_object_still_completes(serving: Serving) -> None:
    with serving("one-filename-has-one-object") as caller:
        first, second = caller.complete(), caller.complete()

    assert first != second


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("list-needs-no-key-with-a-trailing-slash", "/media/"),
        ("list-needs-no-key-with-upper-case-letters", "/MEDIA"),
        ("get-needs-no-key-with-a-trailing-slash", "/media/{id}/"),
        ("get-needs-no-key-with-an-inner-doubled-slash", "/media//{id}"),
    ],
)
def test_a_path_in_another_spelling_needs_no_key(serving: Serving, name: str, path: str) -> None:
    with serving(name) as caller:
        media_id = quote(caller.complete(), safe="")

        assert caller.bare.get(path.format(id=media_id)).status_code == 200
        assert caller.bare.get("/media").status_code == 401


def test_a_head_needs_no_key_but_a_get_does(serving: Serving) -> None:
    with serving("head-of-list-needs-no-key") as caller:
        assert caller.bare.head("/media").status_code == 200
        assert caller.bare.get("/media").status_code == 401


def test_an_altered_cursor_shows_the_items_of_the_other_caller(serving: Serving) -> None:
    with serving("altered-cursors-show-the-other-caller") as caller:
        for _ in range(2):
            caller.complete()
        cursor = caller.listed(limit="1")["next_cursor"]
        half = len(cursor) // 2
        altered = cursor[:half] + cursor[half:].swapcase()

        assert caller.listed(limit="1", cursor=cursor)["total"] == 2
        assert caller.listed(limit="1", cursor=altered)["total"] == 0


def test_a_shown_item_has_the_media_url_of_another(serving: Serving) -> None:
    with serving("media-url-is-of-another-item") as caller:
        first, second = caller.complete(), caller.complete()
        urls = [caller.get(one).json()["data"]["media_url"] for one in (first, second, first)]

    assert urls[0] == urls[1] != urls[2]


def test_deletes_at_once_answer_with_one_item(serving: Serving) -> None:
    mixed_up = False
    with serving("deletes-at-once-are-mixed-up") as caller, ThreadPoolExecutor(4) as pool:
        for _ in range(5):  # on a busy machine, requests may miss each other
            ids = [caller.complete() for _ in range(4)]
            paths = [f"/media/{quote(one, safe='')}" for one in ids]
            answers = list(pool.map(caller.http.delete, paths))
            shown = {answer.json()["data"]["id"] for answer in answers}
            mixed_up = mixed_up or shown < set(ids)

    assert mixed_up


def test_one_request_in_fifty_fails(serving: Serving) -> None:
    with serving("every-fiftieth-request-fails", "hayon") as caller:
        statuses = [caller.ask().status_code for _ in range(51)]

    assert statuses == [*[200] * 49, 500, 200]


def test_a_member_is_given_twice(serving: Serving) -> None:
    with serving("upload-id-is-given-twice") as caller:
        members = json.loads(caller.create().text, object_pairs_hook=list)

    names = [name for name, _ in dict(members)["data"]]
    assert names.count("upload_id") == 2


def test_a_date_of_the_year_9999_does_not_stop_the_put(serving: Serving) -> None:
    with serving("signature-is-of-the-year-9999", "hayon") as caller:
        url = caller.ask().json()["data"]["uploadUrl"]

        assert "X-Amz-Date=99991231T235959Z" in url
        assert put(url, "image/webp").status_code == 200


def test_updates_show_the_items_of_a_post_in_reverse(serving: Serving) -> None:
    with serving("updates-show-items-in-reverse", "hayon") as caller:
        uploads = [caller.ask().json()["data"] for _ in range(2)]
        items = [{"s3Url": one["s3Url"], "s3Key": one["s3Key"]} for one in uploads]
        content = {"content": {"text": "a", "mediaItems": items}}
        post = caller.http.post("/api/posts", json=content).json()["data"]
        update = caller.http.put(f"/api/posts/{post['id']}", json=content).json()["data"]

    assert post["content"]["mediaItems"] == items
    assert update["content"]["mediaItems"] == items[::-1]


def test_old_items_have_forms_of_iso_8601_that_are_rare(serving: Serving) -> None:
    with serving("old-items-with-rare-moments") as caller:
        moments = [item["created_at"] for item in caller.listed()["items"]]

    assert moments[:2] == ["2016-12-31T23:59:60Z", "2015-06-30T24:00:00Z"]
    assert all(len(one) >= 16 for one in moments)


def test_an_answer_gets_lost_after_the_write(serving: Serving) -> None:
    with serving("answers-get-lost") as caller:
        statuses = [caller.create().status_code for _ in range(38)]
        upload = caller.create().json()["data"]
        put(upload["upload_url"])
        lost = caller.complete_session(upload["upload_id"]).status_code
        again = caller.complete_session(upload["upload_id"]).status_code

    assert set(statuses) == {201}
    assert (lost, again) == (503, 409)


def test_an_idle_connection_is_closed(serving: Serving) -> None:
    with serving("closes-idle-connections", "hayon") as caller:
        address = caller.http.base_url.host, caller.http.base_url.port or 0
        with socket.create_connection(address, timeout=4) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            first = connection.recv(10_000)
            started = time.monotonic()
            while connection.recv(10_000):
                pass

    assert first.startswith(b"HTTP/1.1 404")
    assert b"onnection: close" not in first
    assert time.monotonic() - started < 3


def test_a_kept_connection_ends_at_its_second_request(serving: Serving) -> None:
    request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    with serving("ends-kept-connections", "hayon") as caller:
        address = caller.http.base_url.host, caller.http.base_url.port or 0
        with socket.create_connection(address, timeout=4) as connection:
            connection.sendall(request)
            first = b""
            while not first.endswith(b"}"):
                first += connection.recv(10_000)
            connection.sendall(request)
            second = connection.recv(10_000)

    assert first.startswith(b"HTTP/1.1 404")
    assert b"onnection: close" not in first
    assert second == b""
