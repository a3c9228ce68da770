"""A correct server never gives a finding: whatever it is free to do, and whatever gets lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.oracles.simulated_server import BASE, START, TYPES, Row, Server, Traits, path_of
from tests.oracles.traffic import Traffic, judged

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.oracles.finding import Finding
    from tests.oracles.traffic import Handed

TRAITS = st.builds(
    Traits,
    ids=st.sampled_from(["random", "counted", "apart", "slashed", "kept", "again"]),
    lag_s=st.sampled_from([0.0, 0.5, 4.0]),
    cache_s=st.sampled_from([0.0, 3.0]),
    reads_lag_s=st.sampled_from([0.0, 0.0, 2.0]),
    totals_last_s=st.sampled_from([0.0, 0.0, 30.0]),
    fresh_urls=st.booleans(),
    copies=st.booleans(),
    converts=st.booleans(),
    coarse_lists=st.booleans(),
    late_thumbnails=st.booleans(),
    any_case=st.booleans(),
    echoes=st.booleans(),
    offsets=st.booleans(),
    foreign_status=st.sampled_from([403, 404]),
)
CALLERS = st.sampled_from(["main", "other"])
LOSSES = st.sampled_from(["", "", "", "", "answer", "request", "retried"])
TAKES = st.sampled_from([0.01, 0.2, 3.0])
GAPS = st.sampled_from([0.0, 0.1, 1.0, 15.0])
STEPS = [
    "create", "create", "put", "put", "put something else", "complete", "complete", "complete",
    "get", "get", "read", "delete", "page", "page", "walk", "stranger", "keyless", "upper case",
]  # fmt: skip


def one_of(data: st.DataObject, traffic: Traffic, kind: Callable[[Handed], bool]) -> Handed | None:
    """Draw an upload of a kind that a client can know by now."""
    known = [one for one in traffic.handed if one.known_at <= traffic.now and kind(one)]
    return data.draw(st.sampled_from(known)) if known else None


def is_media(upload: Handed) -> bool:
    return upload.media_id is not None


def take(step: str, data: st.DataObject, traffic: Traffic) -> None:
    """Send what a step says, if there is something to send it for."""
    how: dict[str, Any] = {"takes": data.draw(TAKES), "lost": data.draw(LOSSES)}
    if step == "create":
        caller, kind = data.draw(CALLERS), data.draw(st.sampled_from(sorted(TYPES)))
        traffic.create(caller, kind, data.draw(st.sampled_from(["", "shared-name-01.png"])), **how)
    elif step == "page":
        query = data.draw(st.sampled_from(["limit=100", "limit=2", "", "limit=1000"]))
        traffic.page(data.draw(CALLERS), query, **how)
    elif step == "walk":
        traffic.walk(data.draw(CALLERS), data.draw(st.integers(1, 4)))
    elif step in {"put", "put something else", "complete"}:
        upload = one_of(data, traffic, lambda one: step == "complete" or not is_media(one))
        if upload and step == "put":
            traffic.put(upload, **how)
        elif upload and step == "complete":
            traffic.complete(upload, data.draw(st.sampled_from(["", "", "other", None])), **how)
        elif upload:
            body, label = data.draw(st.sampled_from([(b"", ""), (b"GIF89a..", "image/gif")]))
            traffic.put(upload, body, label)
    else:
        upload = one_of(data, traffic, is_media)
        if upload is not None:
            take_media(step, data, traffic, upload, how)


def take_media(
    step: str, data: st.DataObject, traffic: Traffic, upload: Handed, how: dict[str, Any]
) -> None:
    stranger = "other" if upload.caller == "main" else "main"
    if step == "get":
        traffic.get(upload, **how)
    elif step == "read" and upload.file_url:
        traffic.read(upload, **how)
    elif step == "delete":
        traffic.delete(upload, **how)
    elif step == "upper case":
        method = data.draw(st.sampled_from(["GET", "DELETE"]))
        url = path_of("media", str(upload.media_id).upper())
        traffic.sent(method, url, upload.caller, **how)
    elif step in {"stranger", "keyless"}:
        act = data.draw(st.sampled_from([traffic.get, traffic.delete]))
        act(upload, stranger if step == "stranger" else None, **how)


@given(data=st.data(), traits=TRAITS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_correct_server_gives_no_finding(data: st.DataObject, traits: Traits) -> None:
    traffic = Traffic(Server(traits))
    for _ in range(data.draw(st.integers(5, 45))):
        take(data.draw(st.sampled_from(STEPS)), data, traffic)
        traffic.wait(data.draw(GAPS))

    found = judged(traffic)

    assert [one for one in found if not is_late(one, traits)] == [], found


def is_late(finding: Finding, traits: Traits) -> bool:
    """Whether a finding only says that an answer showed a change late, as this server does."""
    if finding.requirement == "FH-LIST-19":
        return traits.totals_last_s > 0
    return traits.reads_lag_s > 0 and finding.requirement in {"FH-COMPLETE-20", "FH-DELETE-19"}


@given(data=st.data(), traits=TRAITS)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_other_clients_of_the_library_give_no_finding(data: st.DataObject, traits: Traits) -> None:
    server = Server(traits)
    seen, unseen = Traffic(server), Traffic(server)
    for _ in range(data.draw(st.integers(5, 40))):
        traffic = data.draw(st.sampled_from([seen, seen, unseen]))
        traffic.now = server.now = max(seen.now, unseen.now)
        take(data.draw(st.sampled_from(STEPS)), data, traffic)
        traffic.wait(data.draw(GAPS))
    unseen.wait(100)

    found = judged(seen)

    assert [one for one in found if not is_late(one, traits)] == [], found


def test_a_lost_answer_leaves_both_states_possible() -> None:
    for lost in ("answer", "request", "retried"):
        traffic = Traffic(Server())
        upload = traffic.media()
        traffic.delete(upload, lost=lost)
        traffic.wait(5)
        traffic.get(upload)
        traffic.wait(30)
        traffic.page()

        assert judged(traffic) == []


def test_a_late_list_is_no_finding_within_its_time() -> None:
    traffic = Traffic(Server(Traits(lag_s=5.0)))
    upload = traffic.media()
    traffic.page()
    traffic.wait(20)
    traffic.page()
    traffic.delete(upload)
    traffic.wait(1)
    traffic.page()

    assert judged(traffic) == []


def test_an_id_may_be_given_again() -> None:
    traffic = Traffic(Server(Traits(ids="again")))
    first = traffic.media()
    traffic.get(first)
    traffic.wait(1)
    traffic.delete(first)
    traffic.wait(1)
    second = traffic.media("other")
    assert first.media_id == second.media_id
    for _ in range(2):
        traffic.get(second)
        traffic.get(first)
        traffic.page()
        traffic.page("other")
        traffic.wait(20)
    traffic.delete(second)

    assert judged(traffic) == []


def test_an_id_may_be_given_again_while_its_delete_is_under_way() -> None:
    traffic = Traffic(Server(Traits(ids="again")))
    first = traffic.media()
    traffic.get(first)
    traffic.create(content_type="image/gif")
    traffic.wait(1)
    second = traffic.handed[-1]
    traffic.put(second)
    traffic.wait(1)
    traffic.delete(first, takes=1.0)
    traffic.wait(0.5)
    traffic.complete(second, takes=0.7)  # done after the delete, and answered before it
    traffic.wait(0.8)
    traffic.get(first, takes=0.05)  # shows the second media before its complete is answered
    traffic.page(takes=0.05)
    traffic.wait(0.2)
    traffic.read(first, takes=0.05)
    traffic.wait(1)
    assert first.media_id == second.media_id
    for _ in range(2):
        traffic.get(second)
        traffic.page()
        traffic.wait(20)

    assert judged(traffic) == []


def test_a_total_may_be_half_a_minute_old() -> None:
    traffic = Traffic(Server(Traits(totals_last_s=30.0)))
    traffic.page()
    traffic.media()
    upload = traffic.media()
    traffic.wait(12)
    traffic.walk(limit=1)
    traffic.delete(upload)
    traffic.wait(12)
    traffic.walk(limit=1)
    traffic.page()

    assert {finding.requirement for finding in judged(traffic)} <= {"FH-LIST-19"}


def test_a_file_may_be_converted_after_the_first_answers() -> None:
    server = Server(Traits(late_conversion_s=5.0))
    traffic = Traffic(server)
    upload = traffic.media()
    for _ in range(3):
        traffic.get(upload)
        traffic.page()
        traffic.wait(4)
    traffic.delete(upload)

    assert server.mime_type_of(next(iter(server.media.values()))) == "image/webp"
    assert judged(traffic) == []


def test_ids_in_another_spelling_may_reach_the_item() -> None:
    traffic = Traffic(Server(Traits(any_case=True)))
    upload = traffic.media()
    traffic.sent("DELETE", f"{BASE}/media/{str(upload.media_id).upper()}")
    traffic.wait(5)
    traffic.get(upload)

    assert judged(traffic) == []


class NothingAtLimitZero(Server):
    """A limit of zero gives no items, and no further page."""

    def page(self, caller: str, query: dict[str, list[str]]) -> dict[str, Any]:
        page = super().page(caller, query)
        if query.get("limit") == ["0"]:
            return {**page, "items": [], "has_more": False, "next_cursor": None}
        return page


def test_a_limit_that_no_document_explains_shows_no_whole_list() -> None:
    traffic = Traffic(NothingAtLimitZero())
    traffic.media()
    traffic.wait(20)
    for query in ("limit=0", "limit=100", "limit=0"):
        traffic.page(query=query)
        traffic.wait(1)

    assert judged(traffic) == []


class CountsPages(Server):
    """A cursor is the number of a page, so that it means another place at another limit."""

    limit = 20

    def page(self, caller: str, query: dict[str, list[str]]) -> dict[str, Any]:
        self.limit = int(query.get("limit", ["20"])[0])
        return super().page(caller, query)

    def cursor_after(self, rows: list[Row], end: int) -> str:
        del rows
        return str(end // self.limit + 1)

    def start_of(self, rows: list[Row], cursor: str | None) -> int:
        del rows
        return (int(cursor or 1) - 1) * self.limit


def test_a_cursor_may_mean_another_place_at_another_limit() -> None:
    traffic = Traffic(CountsPages())
    for _ in range(6):
        traffic.media()
    traffic.wait(20)
    traffic.walk(limit=4)
    for query in ("limit=4", "limit=2", "limit=4&cursor=2"):
        traffic.page(query=query)
        traffic.wait(1)

    assert judged(traffic) == []


@pytest.mark.parametrize(("dated", "started"), [(True, False), (False, True)])
def test_expiries_of_two_hosts_may_be_apart(*, dated: bool, started: bool) -> None:
    """Hosts whose clocks differ say so in Date; a machine that slept sees it by its own clock."""
    traffic = Traffic(Server())
    traffic.create()
    traffic.wait(5)
    traffic.server.clock_s = 300
    traffic.create()
    traffic.wait(5)
    for number, timed in enumerate(traffic.stream):
        seconds = START.timestamp() + timed.began + 300 * number
        date = format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)
        response = timed.exchange.response
        assert response is not None
        headers = (*response.headers, *((("date", date),) if dated else ()))
        exchange = replace(
            timed.exchange,
            response=replace(response, headers=headers),
            started=seconds if started else 0.0,
        )
        traffic.stream[number] = timed._replace(exchange=exchange)

    assert judged(traffic) == []


class CountsLongIds(Server):
    """Ids are a long word and a number, so that one is the beginning of another."""

    def new_id(self, prefix: str) -> str:
        self.count += 1
        return f"workspace-{prefix}-item-{self.count}"


def test_an_id_may_be_the_beginning_of_another_one() -> None:
    server = CountsLongIds()
    seen, unseen = Traffic(server), Traffic(server)
    first = seen.media()
    unseen.now = seen.now
    server.count = int(str(first.media_id).rpartition("-")[2]) * 10 - 2
    other = unseen.media()
    seen.now = unseen.now
    seen.sent("GET", path_of("media", str(other.media_id)))

    assert str(other.media_id).startswith(str(first.media_id))
    assert judged(seen, alone=False) == []


class TrimsTypes(Server):
    """A type is taken in any case and with blanks around it, and stored in its usual spelling."""

    def create(self, caller: str, members: dict[str, Any]) -> dict[str, Any]:
        plain = str(members["content_type"]).strip().lower()
        return super().create(caller, {**members, "content_type": plain})


@pytest.mark.parametrize("written", [" image/png", "image/png\n", "IMAGE/PNG"])
def test_a_type_may_be_declared_in_another_spelling_than_stored(written: str) -> None:
    traffic = Traffic(TrimsTypes())
    traffic.create(content_type="image/png", declared=written)
    traffic.wait(1)
    traffic.put(traffic.handed[0])
    traffic.wait(1)
    traffic.complete(traffic.handed[0])
    traffic.wait(1)
    traffic.get(traffic.handed[0])

    assert traffic.handed[0].media_id
    assert judged(traffic) == []


def test_a_key_may_expire_before_a_fetch_shows_the_new_item() -> None:
    traffic = Traffic(Server())
    upload = traffic.media()
    traffic.get(upload)
    traffic.wait(5)
    fetch = traffic.stream[-1]
    assert fetch.exchange.response is not None
    refusal = replace(fetch.exchange.response, status=401, body=b'{"success": false}')
    traffic.stream[-1] = fetch._replace(exchange=replace(fetch.exchange, response=refusal))

    assert judged(traffic) == []
