"""A fetch may be answered by a copy that is behind, for some seconds and no longer."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from conformance.judge.finding import Blocked
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive import stale_reads
from conformance.profiles.feedhive.stale_reads import StaleReads

if TYPE_CHECKING:
    from collections.abc import Callable

URL = "https://api.example/media/m"


def answer(status: int, created_at: str = "2032-01-31T12:00:00Z") -> Exchange:
    body = json.dumps(
        {"success": status < 400, "data": {"id": "m", "created_at": created_at}}
    ).encode()
    headers = (("content-type", "application/json"),)
    return Exchange(Request("GET", URL), Response(status, headers, body, 0.0))


FOUND, MISSING = answer(200), answer(404)


class Fetches:
    """Answers one after the other; the last one stays."""

    def __init__(self, *answers: Exchange) -> None:
        self._answers = list(answers)
        self.count = 0

    def __call__(self) -> Exchange:
        """Return the next answer."""
        self.count += 1
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@pytest.fixture(autouse=True)
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stale_reads, "SHOWN_S", 0.05)
    monkeypatch.setattr(stale_reads, "_LOOK_S", 0.01)


def completed(reads: StaleReads, session: str = "s") -> None:
    reads.completed("m", "main", session)


def deleted(reads: StaleReads) -> None:
    reads.deleted("m", "main", FOUND, time.monotonic())


@pytest.mark.parametrize(
    ("change", "late", "last"), [(completed, MISSING, FOUND), (deleted, FOUND, MISSING)]
)
def test_a_late_fetch_is_sent_again(
    change: Callable[[StaleReads], None], late: Exchange, last: Exchange
) -> None:
    reads, fetches = StaleReads(), Fetches(late, late, last)
    change(reads)

    assert reads.settled("m", "main", fetches) is last
    assert fetches.count == 3


@pytest.mark.parametrize(("change", "wrong"), [(completed, MISSING), (deleted, FOUND)])
def test_a_fetch_that_stays_wrong_is_returned_and_the_next_is_not_waited_for(
    change: Callable[[StaleReads], None], wrong: Exchange
) -> None:
    reads, fetches = StaleReads(), Fetches(wrong)
    change(reads)

    assert reads.settled("m", "main", fetches) is wrong
    assert fetches.count > 1
    change(reads)
    before = fetches.count
    assert reads.settled("m", "main", fetches) is wrong
    assert fetches.count == before + 1


@pytest.mark.parametrize("caller", ["other", None])
def test_another_callers_fetch_is_judged_at_once(caller: str | None) -> None:
    reads, fetches = StaleReads(), Fetches(MISSING, FOUND)
    completed(reads)

    assert reads.settled("m", caller, fetches) is MISSING


def test_an_id_that_was_given_again_proves_nothing() -> None:
    reads = StaleReads()
    deleted(reads)

    with pytest.raises(Blocked, match="gave the id"):
        reads.settled("m", "main", Fetches(answer(200, "2032-01-31T12:00:09Z")))
    completed(reads)
    assert not reads.is_deleted("m")
    assert reads.settled("m", "main", Fetches(FOUND)) is FOUND


def test_an_id_that_was_given_again_and_deleted_again_is_of_another_delete() -> None:
    reads = StaleReads()
    assert not reads.is_deleted("m")
    deleted(reads)
    first = time.monotonic()
    assert reads.is_deleted("m", by=first)

    completed(reads)
    assert not reads.is_deleted("m")
    deleted(reads)

    assert reads.is_deleted("m")
    assert not reads.is_deleted("m", by=first)


def test_a_complete_beside_the_delete_of_its_id_made_another_item() -> None:
    reads = StaleReads()
    completed(reads)
    began = time.monotonic()
    completed(reads, "another")

    reads.deleted("m", "main", FOUND, began)

    assert reads.is_given_again("m")
    assert not reads.is_deleted("m")
    assert reads.settled("m", "main", Fetches(FOUND)) is FOUND


def test_the_item_that_got_an_id_again_is_deleted_as_any_other() -> None:
    reads = StaleReads()
    completed(reads)
    deleted(reads)
    completed(reads, "another")
    assert reads.is_given_again("m")

    deleted(reads)

    assert not reads.is_given_again("m")
    assert reads.is_deleted("m")


@pytest.mark.parametrize(("media_id", "again"), [("7", True), ("med_2f6d41c05b7e9a38", False)])
def test_a_lost_complete_may_have_got_an_id_that_is_counted(media_id: str, *, again: bool) -> None:
    reads = StaleReads()
    reads.completed(media_id, "main", "s")
    reads.deleted(media_id, "main", FOUND, time.monotonic())
    assert not reads.is_given_again(media_id)

    reads.lost()

    assert reads.is_deleted(media_id)
    assert reads.is_given_again(media_id) is again


def test_a_session_that_makes_its_item_again_gives_no_id_to_another() -> None:
    reads = StaleReads()
    completed(reads)
    deleted(reads)

    completed(reads)

    assert not reads.is_given_again("m")


def test_an_item_that_goes_after_it_was_seen_makes_nobody_impatient() -> None:
    reads = StaleReads()
    completed(reads)
    assert reads.settled("m", "main", Fetches(FOUND)).succeeded
    assert reads.settled("m", "main", Fetches(MISSING)).refuses

    reads.completed("n", "main", "s")
    late = Fetches(MISSING, FOUND)

    assert reads.settled("n", "main", late).succeeded
    assert late.count == 2


def test_only_what_a_caller_made_and_did_not_delete_is_living() -> None:
    reads = StaleReads()
    completed(reads)
    reads.completed("theirs", "other", "s2")
    assert (reads.living(), reads.living("other")) == ({"m"}, {"theirs"})

    deleted(reads)

    assert reads.living() == set()
