"""Where values come from: each is traced to the answer that first gave it out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.harness.provenance import Provenance
from conformance.model.exchange import Exchange, Request, Response
from conformance.model.redaction import Redactor
from conformance.model.signed_url import SignedUrl
from conformance.model.url_changes import CHANGES
from conformance.target import Target

BASE = "http://api.example/v1"
TOKEN = "main-token-0123456789"
URL = "http://s3.example/b/k.png?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=abcdef0123"
CREATED = {"data": {"upload_id": "upl_1/2345", "upload_url": URL, "type": "image/png"}}
COMPLETED = {"data": {"id": "med_98/765"}}


@pytest.fixture
def provenance() -> Provenance:
    target = Target("feedhive", BASE, TOKEN, other_token="other-token-987654")
    return Provenance(target, Redactor(target.secrets))


def exchange(
    method: str, url: str, answer: object = None, *, body: bytes = b"", at: float = 0.0, **more: Any
) -> Exchange:
    response = Response(more.get("status", 200), (), json.dumps(answer).encode(), 0.5)
    request = Request(method, url, more.get("headers", ()), body, "main")
    return Exchange(request, response, started=at)


def create(at: float = 0.0) -> Exchange:
    body = b'{"filename": "pixel.png", "content_type": "image/png"}'
    return exchange("POST", f"{BASE}/media/uploads", CREATED, body=body, at=at)


def put(at: float = 1.0) -> Exchange:
    return exchange("PUT", URL, body=b"\x89PNG", at=at)


def complete(at: float = 2.0, status: int = 200) -> Exchange:
    url = f"{BASE}/media/uploads/upl_1%2F2345/complete"
    return exchange("POST", url, COMPLETED, at=at, status=status)


def scripts(provenance: Provenance, *way: Exchange) -> list[dict[str, Any]]:
    found = [script for script in provenance.scripts(list(way)) if script is not None]
    assert len(found) == len(way)
    return found


def test_ids_and_urls_are_taken_from_the_answer_that_gave_them(provenance: Provenance) -> None:
    _, second, third = scripts(provenance, create(), put(), complete())

    assert second["url"] == [{"step": 0, "member": ["data", "upload_url"], "change": ""}]
    assert third["url"] == [
        {"variable": "CONFORMANCE_BASE_URL"},
        "/media/uploads/",
        {"step": 0, "member": ["data", "upload_id"], "change": "", "quoted": True},
        "/complete",
    ]


@pytest.mark.parametrize("change", ["tampered", "stripped", "for_other_key"])
def test_a_changed_upload_url_is_told_by_its_change(provenance: Provenance, change: str) -> None:
    changed = exchange("PUT", CHANGES[change](SignedUrl(URL)).url, body=b"x")

    _, second = scripts(provenance, create(), changed)

    assert second["url"] == [{"step": 0, "member": ["data", "upload_url"], "change": change}]


def test_a_value_in_a_json_body_is_taken_from_its_answer_too(provenance: Provenance) -> None:
    body = b'{"media": "upl_1/2345", "kind": "image/png"}'
    post = exchange("POST", f"{BASE}/posts", body=body)

    _, second = scripts(provenance, create(), post)

    use = {"step": 0, "member": ["data", "upload_id"], "change": "", "json": True}
    assert second["body"] == ['{"media": "', use, '", "kind": "image/png"}']


def test_what_the_case_itself_chose_stays_as_it_is(provenance: Provenance) -> None:
    echo = exchange("POST", f"{BASE}/a", {"name": "pixel.png"}, body=b'{"filename": "pixel.png"}')

    _, second = scripts(provenance, echo, exchange("GET", f"{BASE}/b?name=pixel.png"))

    assert second["url"] == [{"variable": "CONFORMANCE_BASE_URL"}, "/b?name=pixel.png"]


def test_tokens_become_variables(provenance: Provenance) -> None:
    values = (f"Bearer {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}")
    headers = tuple(("Authorization", value) for value in values)

    (script,) = scripts(provenance, exchange("GET", f"{BASE}/media", headers=headers))

    variable = {"variable": "CONFORMANCE_TOKEN", "shorter": False}
    assert [pieces for _, pieces in script["headers"]] == [
        ["Bearer ", variable],
        ["Bearer ", variable, "x"],
        ["Bearer ", {**variable, "shorter": True}],
    ]
    assert TOKEN[:-1] not in json.dumps(script)


def test_a_secret_that_no_answer_gave_has_no_script(provenance: Provenance) -> None:
    assert provenance.scripts([put()]) == [None]


def test_bytes_travel_packed_and_too_many_do_not(provenance: Provenance) -> None:
    small = scripts(provenance, exchange("PUT", f"{BASE}/x", body=b"\x89\x00"))[0]
    noise = bytes((index * index * 7919 >> 3) & 0xFF for index in range(200_000))

    assert set(small["body"]) == {"gzip_base64"}
    packed = provenance.scripts([exchange("PUT", f"{BASE}/x", body=b"\x89" + noise[:100_000])])
    assert packed[0] is None or len(packed[0]["body"]["gzip_base64"]) <= 20_000


def test_a_case_that_uses_what_an_earlier_one_made_begins_with_its_making(
    provenance: Provenance,
) -> None:
    made = [create(), put(), complete()]
    unrelated = exchange("POST", f"{BASE}/media/uploads", {"data": {"upload_id": "upl_other"}})
    refused = complete(at=3.0, status=409)
    for past in (unrelated, *made, refused):
        provenance.note(past, early=False)

    own = [exchange("GET", f"{BASE}/media/med_98%2F765", at=9.0)]

    assert provenance.foundations(own) == made


def test_a_case_that_made_all_it_uses_has_no_foundations(provenance: Provenance) -> None:
    own = [create(), put(), complete()]
    for past in own:
        provenance.note(past, early=False)

    assert provenance.foundations(own) == []


def test_an_answer_that_also_holds_what_others_made_is_crowded(provenance: Provenance) -> None:
    theirs = [create(), put(), complete()]
    for past in theirs:
        provenance.note(past, early=False)
    listed = exchange("GET", f"{BASE}/media", {"data": {"items": [{"id": "med_98/765"}]}})

    assert provenance.crowded([listed], [listed])
    assert not provenance.crowded([listed], [*theirs, listed])


def test_only_where_a_case_waited_a_script_waits(provenance: Provenance) -> None:
    early = create()
    provenance.note(early, early=True)

    waiting = scripts(provenance, early, complete(at=7.0))
    busy = scripts(provenance, create(), complete(at=7.0))

    assert [script["pause_s"] for script in waiting] == [0.0, 6.5]
    assert [script["pause_s"] for script in busy] == [0.0, 0.0]


def test_a_late_put_of_another_case_is_no_part_of_this_one(provenance: Provenance) -> None:
    early, late = create(), put(at=9.0)
    provenance.note(early, early=True)
    provenance.note(late, early=False)

    assert provenance.sent_for_another_case(late)
    assert not provenance.sent_for_another_case(early)
    assert provenance.aside(late)
    assert provenance.aside(early)


def test_what_was_sent_at_once_is_marked(provenance: Provenance) -> None:
    together = scripts(provenance, create(), complete(at=2.0), complete(at=2.1))

    assert [script["overlaps"] for script in together] == [False, True, True]


def test_an_expected_value_is_taken_from_the_answer_that_gave_it(provenance: Provenance) -> None:
    way = [create(), put(), complete(), exchange("GET", f"{BASE}/media/x", {})]
    check = {"member": ["data", "id"], "schema": {"const": "med_98/765"}}

    found = provenance.check(check, way)

    assert found is not None
    assert found["equals"] == {"step": 2, "member": ["data", "id"], "change": ""}
    plain = {"member": ["data", "type"], "schema": {"const": "gif"}}
    assert provenance.check(plain, way) == plain


def test_an_answer_without_an_end_is_looked_at_to_a_depth(provenance: Provenance) -> None:
    deep: Any = "a text at the very bottom"
    for _ in range(500):
        deep = [deep]
    hostile = exchange("POST", f"{BASE}/x", deep)

    provenance.note(hostile, early=False)

    assert provenance.foundations([hostile]) == []


def test_a_way_can_be_told_without_the_reads_that_nothing_builds_on(
    provenance: Provenance,
) -> None:
    page = {"data": {"items": [{"id": "med_98/765"}], "next_cursor": "cursor-of-page-2"}}
    read = exchange("GET", f"{BASE}/media?limit=100", {"data": {"items": []}}, at=0.5)
    first = exchange("GET", f"{BASE}/media?limit=1", page, at=3.0)
    second = exchange("GET", f"{BASE}/media?limit=1&cursor=cursor-of-page-2", page, at=4.0)
    way = [create(), read, put(), complete(), first, second]
    for one in way:
        provenance.note(one, early=False)

    assert provenance.needed(way) == [way[0], way[2], way[3], first, second]
