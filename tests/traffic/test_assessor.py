"""The same judgements as in a run, of requests that others send; what is unknown is not judged."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.model.exchange import Exchange, Request, Response
from tests.oracles import wrong_libraries, wrong_media, wrong_sessions
from tests.oracles.simulated_server import BASE, TOKENS, Server, Traits, path_of
from tests.oracles.traffic import Traffic
from tests.traffic.visits import assessor, shown, visited

#: Each breaks one row, and its kind of traffic shows that: everything, no storage, no tokens.
_WRONG: tuple[tuple[type[Server], str, dict[str, Any]], ...] = (
    (wrong_media.NeverLists, "FH-COMPLETE-03", {}),
    (wrong_media.FetchedVeryLate, "FH-COMPLETE-02", {"tokens": {}, "sees_storage": False}),
    (wrong_sessions.CompletesBareSessions, "FH-COMPLETE-10", {}),
    (wrong_sessions.AnybodyCompletes, "FH-COMPLETE-14", {"sees_storage": False}),
    (wrong_libraries.ListsEverybody, "FH-LIST-17", {"sees_storage": False}),
    (wrong_media.GifsAreImages, "FH-GET-05", {"tokens": {}, "hidden": True, "alone": False}),
)


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"tokens": {}, "sees_storage": False},
        {"tokens": {}, "sees_storage": False, "hidden": True, "alone": False},
    ],
    ids=["everything seen", "no storage, tokens learned", "a recording without tokens"],
)
def test_a_correct_server_is_never_blamed(how: dict[str, Any]) -> None:
    for traits in (Traits(), Traits(lag_s=4.0, fresh_urls=True, offsets=True, ids="counted")):
        assert visited(Server(traits), assessor(**how)) == set()


@pytest.mark.parametrize(("server", "row", "how"), _WRONG, ids=[row for _, row, _ in _WRONG])
def test_a_wrong_server_is_found(server: type[Server], row: str, how: dict[str, Any]) -> None:
    assert row in visited(server(), assessor(**how))


def test_without_declared_tokens_two_tokens_may_be_one_user() -> None:
    judge = assessor({})

    assert "FH-LIST-17" not in visited(wrong_libraries.ListsEverybody(), judge)
    assert list(judge.seen_callers) == ["caller-1", "caller-2"]


def test_without_the_storage_nothing_is_concluded_from_a_put_that_is_missing() -> None:
    found = visited(wrong_sessions.CompletesBareSessions(), assessor(sees_storage=False))

    assert "FH-COMPLETE-10" not in found


def test_a_row_is_exercised_only_by_what_could_have_broken_it() -> None:
    judge = assessor()
    traffic = Traffic(Server())
    upload = traffic.media()
    traffic.get(upload)

    shown(traffic, judge)

    touched = ("FH-COMPLETE-01", "FH-COMPLETE-02", "FH-GET-04", "FH-CREATE-SCHEMA")
    assert all(judge.exercised[row] for row in touched)
    untouched = ("FH-GET-05", "FH-COMPLETE-08", "FH-LIST-06", "FH-DELETE-02", "FH-GET-12")
    assert not any(judge.exercised[row] for row in untouched)


def test_a_reset_of_the_database_is_no_defect() -> None:
    """Tests empty the library behind the proxy, and counters begin again."""
    judge = assessor()
    first = Traffic(Server(Traits(ids="counted")))
    for _ in range(2):
        first.get(first.media())
    first.delete(first.handed[0])
    first.page()
    first.wait(60)
    second = Traffic(Server(Traits(ids="counted")))
    second.wait(first.now)
    for _ in range(2):
        second.get(second.media())
    second.page()
    second.wait(60)
    first.stream += second.stream

    assert shown(first, judge) == set()


def exchange(
    method: str, path: str, body: Any, status: int = 200, headers: dict[str, str] | None = None
) -> Exchange:
    sent = (("Authorization", f"Bearer {TOKENS['main']}"), *(headers or {}).items())
    answer = Response(status, (("content-type", "application/json"),), json.dumps(body).encode(), 0)
    return Exchange(Request(method, f"{BASE}{path}", sent), answer)


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/media/stats", {}),
        ("GET", "/media/uploads/upl_1", {}),
        ("GET", "/media?folder=7", {}),
        ("GET", "/media/med_1?fields=id", {}),
        ("GET", "/media", {"Accept": "text/csv"}),
        ("GET", "/folders", {}),
        ("HEAD", "/media", {}),
    ],
)
def test_what_no_document_describes_is_not_judged(
    method: str, path: str, headers: dict[str, str]
) -> None:
    judge = assessor()
    one = exchange(method, path, {"rows": 1}, headers=headers)

    found = judge.ended(judge.began(one.request, 1.0), one, 2.0)

    assert (found, judge.others, sum(judge.exercised.values())) == ([], 1, 0)


def test_an_answer_of_which_only_the_beginning_is_known_is_not_judged() -> None:
    judge = assessor()
    whole = exchange("GET", "/media", {"rows": 1})
    assert whole.response is not None
    cut = replace(whole, response=replace(whole.response, body=b'{"succ', truncated=True))

    assert judge.ended(judge.began(cut.request, 1.0), cut, 2.0) == []
    assert judge.ended(judge.began(whole.request, 3.0), whole, 4.0) != []


def test_a_replayed_answer_to_a_repeated_key_is_not_a_second_complete() -> None:
    judge = assessor(sees_storage=False)
    traffic = Traffic(Server())
    upload = traffic.media()
    shown(traffic, judge)
    path = path_of("media", "uploads", upload.upload_id, "complete").removeprefix(BASE)
    answer = {"success": True, "data": {"id": "m"}}
    one = exchange("POST", path, answer, headers={"Idempotency-Key": "k"})

    first = judge.ended(judge.began(one.request, 5_000), one, 5_001)
    again = judge.ended(judge.began(one.request, 5_002), one, 5_003)

    assert [violation.requirement for violation in first][:1] == ["FH-COMPLETE-08"]
    assert again == []


def test_evidence_holds_no_token_that_was_seen_at_any_time() -> None:
    judge = assessor({})
    login = exchange("POST", "/login", {"access_token": "a-token-of-a-login-1"}, 200)
    judge.ended(judge.began(login.request, 0.0), login, 0.1)
    one = exchange("GET", "/media", {"shown": "a-token-of-a-login-1", "by": TOKENS["main"]})
    judge.ended(judge.began(one.request, 1.0), one, 2.0)

    (proof,) = judge.evidence()[:1]

    text = json.dumps([proof.exchange, proof.transcript, proof.actual])
    assert "[redacted]" in text
    assert TOKENS["main"] not in text
    assert "a-token-of-a-login-1" not in text


def test_optional_parts_are_judged_only_if_they_are_claimed() -> None:
    post = exchange("POST", "/posts", {"id": 7}, 201)
    quiet, claimed = assessor(), assessor(claimed=("posts",))

    assert quiet.ended(quiet.began(post.request, 1.0), post, 2.0) == []
    (found,) = claimed.ended(claimed.began(post.request, 1.0), post, 2.0)
    assert found.requirement == "FH-POST-CREATE-SCHEMA-REF"
