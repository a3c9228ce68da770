"""Entries of a recording as exchanges; what it hides stays unknown."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.problem import UsageProblem
from conformance.traffic.recording import read, server_of

if TYPE_CHECKING:
    from pathlib import Path

PATHS = [("POST", "/media/uploads"), ("GET", "/media")]


def entry(**changes: Any) -> dict[str, Any]:
    request = {
        "method": "GET",
        "url": "https://h/api/media?limit=2#part",
        "headers": [{"name": "Accept", "value": "*/*"}, {"name": ":authority", "value": "h"}],
        "bodySize": 0,
    }
    content = {"size": 2, "mimeType": "application/json", "text": "{}"}
    response = {"status": 200, "headers": [], "content": content}
    made: dict[str, Any] = {"startedDateTime": "2026-01-02T03:04:05.500Z", "time": 250.0}
    made |= {"request": request, "response": response}
    for name, value in changes.items():
        part, _, member = name.partition("_")
        if member:
            made[part] = {**made[part], member: value}
        else:
            made[part] = value
    return made


def recorded(folder: Path, *entries: Any, **log: Any) -> Path:
    path = folder / "a.har"
    path.write_text(json.dumps({"log": {**log, "entries": list(entries)}}), encoding="utf-8")
    return path


def test_an_entry_is_an_exchange_at_its_moments(tmp_path: Path) -> None:
    (one,) = read(recorded(tmp_path, entry())).timed

    assert one.exchange.request.url == "https://h/api/media?limit=2"
    assert one.exchange.request.headers == (("Accept", "*/*"),)
    assert one.exchange.json == {}
    assert one.ended - one.began == 0.25
    assert one.exchange.started == one.began


@pytest.mark.parametrize(
    ("content", "truncated"),
    [
        ({"size": 2, "text": "{}"}, False),
        ({"size": 3, "text": base64.b64encode(b"abc").decode(), "encoding": "base64"}, False),
        ({"size": 900, "text": "{"}, True),
        ({"size": 900}, True),
        ({"size": 6, "text": "a\ufffdb"}, True),
        ({"size": 900, "text": '{"url": "?X-Amz-Signature=[redacted]-1"}'}, False),
        ({"size": 9, "text": "[redacted]", "comment": "cut: 9 bytes in all"}, True),
    ],
)
def test_a_body_that_is_not_all_there_counts_as_cut_off(
    tmp_path: Path, content: dict[str, Any], *, truncated: bool
) -> None:
    (one,) = read(recorded(tmp_path, entry(response_content=content))).timed

    assert one.exchange.response is not None
    assert one.exchange.response.truncated == truncated


@pytest.mark.parametrize(
    ("post", "size", "body", "whole"),
    [
        ({"text": '{"a":1}'}, 7, b'{"a":1}', True),
        ({"params": [{"name": "a b", "value": "1&2"}, {"name": "c"}]}, -1, b"a+b=1%262&c=", True),
        ({"text": "\ufffdPNG"}, 70, b"\xef\xbf\xbdPNG", False),
        ({}, 70, b"", False),
        (None, 0, b"", True),
    ],
)
def test_bodies_of_requests(
    tmp_path: Path, post: object, size: int, body: bytes, *, whole: bool
) -> None:
    changes = {"request_postData": post, "request_bodySize": size, "request_method": "POST"}
    (one,) = read(recorded(tmp_path, entry(**changes))).timed

    assert one.exchange.request.body == body
    assert one.exchange.request.whole == whole


def test_an_entry_that_does_not_fit_is_counted_and_left_out(tmp_path: Path) -> None:
    odd: list[Any] = [7, {}, entry(startedDateTime="soon"), entry(request_url="blob:x"),
                      entry(response_status="x"), entry(time="long")]  # fmt: skip

    recording = read(recorded(tmp_path, entry(), *odd))

    assert (len(recording.timed), recording.unreadable) == (1, 6)
    with pytest.raises(UsageProblem, match="none of its entries"):
        read(recorded(tmp_path, *odd))


def test_no_answer_is_a_lost_one_and_a_web_page_is_left_out(tmp_path: Path) -> None:
    page = {"size": 1, "mimeType": "text/html", "text": "x"}
    lost = entry(response_status=0)

    (one,) = read(recorded(tmp_path, entry(response_content=page), lost)).timed

    assert one.exchange.response is None
    assert one.exchange.error


def test_a_copy_on_another_page_is_one_exchange(tmp_path: Path) -> None:
    same = [{**entry(), "pageref": page} for page in ("page_1", "page_2", "page_2")]

    assert len(read(recorded(tmp_path, *same)).timed) == 1
    assert len(read(recorded(tmp_path, entry(), entry())).timed) == 2


def test_the_kits_own_archive_names_its_callers(tmp_path: Path) -> None:
    def sent(value: str) -> dict[str, Any]:
        return entry(request_headers=[{"name": "Authorization", "value": value}])

    known = [sent("Bearer [redacted]-main"), sent("Bearer [redacted]-other"), sent("[redacted]")]
    recording = read(recorded(tmp_path, *known, _base_url="https://h/api"))

    assert recording.pseudonyms == {"main": "[redacted]-main", "other": "[redacted]-other"}
    assert recording.shows_tokens
    assert server_of(recording, PATHS) == "https://h/api"


def test_the_server_is_found_by_the_paths_of_its_operations(tmp_path: Path) -> None:
    elsewhere = entry(request_url="https://cdn/media")
    create = entry(request_method="POST", request_url="https://h/api/media/uploads")

    assert server_of(read(recorded(tmp_path, create, elsewhere)), PATHS) == "https://h/api"
    with pytest.raises(UsageProblem, match=r"several servers: .* https://cdn, https://h/api"):
        server_of(read(recorded(tmp_path, entry(), elsewhere)), PATHS)
    with pytest.raises(UsageProblem, match="POST /media/uploads and GET /media: pass --base-url"):
        server_of(read(recorded(tmp_path, entry(request_url="https://h/x"))), PATHS)
