"""Uploads that expire: what is sent late in their lives, and just after them."""

from __future__ import annotations

import time
from functools import partial

import pytest

from conformance.harness.expiring import LATE, STORED_EARLY, Expiring
from conformance.harness.expiry import EXPIRY_MARGIN_S, Deadline
from conformance.judge.finding import Blocked, NotApplicable
from conformance.model.exchange import Exchange, Request, Response

# An upload of this life is late at once: its second half has begun.
_LIFE_S = 4.0


def _is_not_waited_for(_: str) -> Deadline:
    raise Blocked(limit="uploads live longer than this run waits")


def answer(status: int) -> Exchange:
    return Exchange(Request("POST", "http://127.0.0.1/"), Response(status, (), b"", 0.0))


def expiring(put: int, complete: int, left_s: float = 0.1) -> Expiring[str]:
    """Return uploads that expire so soon, whose requests get these statuses."""
    return Expiring(
        {kind: partial(str, kind) for kind in (LATE, STORED_EARLY)},
        lambda _: Deadline(time.monotonic() + left_s - EXPIRY_MARGIN_S, _LIFE_S),
        lambda _: answer(put),
        10.0,
        lambda _: answer(complete),
    )


def test_all_is_over_once_the_last_that_was_begun_has_expired() -> None:
    life = {LATE: -EXPIRY_MARGIN_S, "longer": 0.2 - EXPIRY_MARGIN_S}
    uploads: Expiring[str] = Expiring(
        {kind: partial(str, kind) for kind in life},
        lambda kind: Deadline(time.monotonic() + life[kind], 1.0),
        lambda _: answer(200),
        bound=1.0,
    )
    began = time.monotonic()

    uploads.over()  # nothing is begun
    at_once = time.monotonic() - began
    uploads.begin()
    uploads.over()

    assert at_once < 0.1
    assert time.monotonic() - began >= 0.2


def test_a_case_whose_requirement_has_others_needs_no_wait() -> None:
    def longer_than_the_run(_: str) -> Deadline:
        raise Blocked(limit="uploads live 600 s")

    kinds = {LATE: partial(str, LATE)}
    uploads: Expiring[str] = Expiring(kinds, longer_than_the_run, lambda _: answer(200), 1.0)

    with pytest.raises(Blocked, match="600 s"):
        uploads.expired(LATE)
    with pytest.raises(NotApplicable, match="600 s"):
        uploads.also_expired(LATE)


def test_a_session_that_a_late_put_prolongs_is_seen() -> None:
    uploads = expiring(put=200, complete=201)
    uploads.begin()

    assert uploads.late_put().status == 200
    assert uploads.overdue_complete().status == 201


def test_nothing_is_overdue_where_no_put_came_late() -> None:
    uploads = expiring(put=403, complete=201)
    uploads.begin()

    with pytest.raises(NotApplicable, match="no PUT succeeded late"):
        uploads.overdue_complete()


def test_a_refused_complete_that_came_too_late_shows_nothing() -> None:
    uploads = expiring(put=200, complete=400)
    uploads.begin()

    with pytest.raises(NotApplicable, match="could not be sent in time"):
        uploads.late_complete()


def test_a_run_that_waits_for_no_upload_completes_none_late() -> None:
    with pytest.raises(NotApplicable, match="--max-wait"):
        expiring(200, 200).late_complete()


def test_a_kind_that_the_target_lacks_is_not_applicable() -> None:
    with pytest.raises(NotApplicable, match="there is no upload of another caller"):
        expiring(200, 200).expired("of another caller")


def test_what_other_cases_prove_too_is_not_applicable_where_the_run_does_not_wait() -> None:
    uploads: Expiring[str] = Expiring(
        {"bare": partial(str, "bare")}, _is_not_waited_for, lambda _: answer(200), 10.0
    )

    with pytest.raises(Blocked, match="longer than this run waits"):
        uploads.expired("bare")
    with pytest.raises(NotApplicable, match="longer than this run waits"):
        uploads.also_expired("bare")


def test_a_missing_capability_also_blocks_what_other_cases_prove() -> None:
    def fails() -> str:
        raise Blocked(capability="wait")

    uploads: Expiring[str] = Expiring(
        {"bare": fails}, _is_not_waited_for, lambda _: answer(200), 10.0
    )

    with pytest.raises(Blocked):
        uploads.also_expired("bare")
