"""A limit of the server and a broken operation differ in the answers to control requests."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from conformance.harness.quota import (
    LEAST,
    Quotas,
    ServerLimit,
    may_be_a_limit,
    names_a_size,
)
from conformance.harness.retry import Limited
from conformance.model.exchange import Exchange, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

FULL = "Your plan allows 100 media: delete some of them"


def answer(status: int, message: str = "", caller: str = "main") -> Exchange:
    body = json.dumps({"success": status < 400, "message": message}).encode()
    request = Request("POST", "http://h/media/uploads", caller=caller)
    return Exchange(request, Response(status, (), body, 0.0), operation="create_upload")


def always(exchange: Exchange) -> Callable[[], Exchange]:
    return lambda: exchange


def in_turn(*exchanges: Exchange) -> Callable[[], Exchange]:
    answers = iter(exchanges)
    return lambda: next(answers)


def quotas(made: int = LEAST) -> Quotas:
    return Quotas(lambda operation, caller: made if (operation, caller) != (None, None) else 0)


@pytest.mark.parametrize("status", [400, 402, 403, 409, 413, 422, 429])
def test_what_is_refused_after_many_successes_is_a_limit(status: int) -> None:
    refused = answer(status, FULL)

    with pytest.raises(ServerLimit, match=rf"after {LEAST} successes.*plan allows.*{status}"):
        quotas().examined(always(refused), always(refused))


def test_the_numbers_of_a_message_may_differ() -> None:
    messages = [answer(403, f"You have {number} open uploads") for number in range(50, 54)]

    with pytest.raises(ServerLimit):
        quotas().examined(in_turn(messages[0]), in_turn(*messages[1:]))


@pytest.mark.parametrize(
    "refused",
    [
        answer(500, FULL),
        answer(503, FULL),
        answer(401, FULL),
        answer(404, "Upload 12 is not there: limit"),
        answer(403, "Forbidden"),
        answer(403, "You are not allowed to use upl_1234"),
        answer(409, "The upload is completed already"),
    ],
)
def test_another_refusal_is_judged_as_it_is(refused: Exchange) -> None:
    assert not may_be_a_limit(refused)
    assert quotas().examined(always(refused), always(refused)) is refused


def test_a_server_that_refuses_early_has_no_limit() -> None:
    refused = answer(403, FULL)

    assert quotas(LEAST - 1).examined(always(refused), always(refused)) is refused


@pytest.mark.parametrize("successes_at", [0, 1, 2])
def test_a_control_that_passes_shows_that_there_is_no_limit(successes_at: int) -> None:
    refused = answer(403, FULL)
    controls = [refused] * successes_at + [answer(201)]
    known = quotas()

    assert known.examined(always(refused), in_turn(*controls)) is refused
    assert known.examined(always(refused), in_turn()) is refused  # and this is remembered


@pytest.mark.parametrize("still", [True, False], ids=["under way", "ended"])
def test_where_others_make_room_a_control_that_passes_shows_nothing(*, still: bool) -> None:
    known, refused = quotas(), answer(403, FULL)
    with ExitStack() as others:

        def refuse() -> Exchange:
            others.enter_context(known.making_room("main"))
            if not still:
                others.close()
            return refused

        with pytest.raises(ServerLimit):
            known.examined(refuse, always(answer(201)))
    known.freed("main")

    assert not known.knows(refused)
    assert known.examined(always(refused), always(answer(201))) is refused


def test_a_number_alone_shows_no_limit_where_others_make_room() -> None:
    known = quotas(made=40)
    refused = answer(400, "Expected property name in JSON at position 22")

    with known.making_room("main"):
        assert known.examined(lambda: refused, lambda: answer(201)) is refused


def test_what_the_controls_themselves_free_makes_no_room() -> None:
    known, refused = quotas(), answer(403, FULL)

    def control() -> Exchange:
        with known.making_room("main"):
            return answer(201)

    assert known.examined(always(refused), control) is refused


def test_a_complete_that_is_refused_makes_no_room() -> None:
    known, refused = quotas(), answer(403, FULL)

    def refuse() -> Exchange:
        with known.making_room("main") as answered:
            answered(refused)
        return refused

    assert known.examined(refuse, always(answer(201))) is refused


def test_what_another_caller_frees_makes_no_room() -> None:
    known, refused = quotas(), answer(403, FULL)

    with known.making_room("other"):
        assert known.examined(always(refused), always(answer(201))) is refused


def test_a_control_that_is_refused_otherwise_shows_no_limit() -> None:
    refused = answer(403, FULL)

    assert quotas().examined(always(refused), always(answer(403, "wrong"))) is refused


def test_a_known_limit_needs_no_more_controls_and_ends_when_something_is_freed() -> None:
    known, refused = quotas(), answer(403, FULL)
    with pytest.raises(ServerLimit):
        known.examined(always(refused), always(refused))

    with pytest.raises(ServerLimit):
        known.examined(always(refused), in_turn())
    with pytest.raises(ServerLimit):
        known.stop_if_full("create_upload", "main")
    known.stop_if_full("create_upload", "other")
    known.freed("other")
    with pytest.raises(ServerLimit):
        known.stop_if_full("create_upload", "main")
    known.freed("main")
    known.stop_if_full("create_upload", "main")
    assert known.examined(always(answer(201)), in_turn()).status == 201


def test_a_rate_limit_that_stays_is_a_limit_after_many_successes_only() -> None:
    def raising() -> Exchange:
        raise Limited(answer(429, "slow down"))

    with pytest.raises(ServerLimit):
        quotas().examined(raising, raising)
    with pytest.raises(Limited):
        quotas(0).examined(raising, raising)


def test_a_limit_that_ends_by_itself_is_not_known_any_more() -> None:
    known, refused = quotas(), answer(429, "slow down")
    with pytest.raises(ServerLimit):
        known.examined(always(refused), always(refused))
    assert known.knows(refused)

    known.examined(always(answer(201)), in_turn())

    assert not known.knows(refused)


def test_a_limit_stays_known_when_something_was_freed() -> None:
    known, refused = quotas(), answer(403, FULL)
    with pytest.raises(ServerLimit):
        known.examined(always(refused), always(refused))

    known.freed("main")
    known.examined(always(answer(201)), in_turn())

    assert known.knows(refused)
    assert not known.knows(answer(403, FULL, "other"))


@pytest.mark.parametrize(
    "message",
    [
        "File too large, the maximum is 1048576 bytes",
        "File exceeds the limit of 1048576 bytes",
        "The file is larger than 5 MB",
        "Maximum file size exceeded",
        "EntityTooLarge",
        "The payload may have at most 1 MiB",
    ],
)
def test_a_file_that_is_too_large_is_no_limit_of_a_number(message: str) -> None:
    known = quotas(made=40)
    refused = answer(413, message)

    with known.making_room("main"):
        assert known.examined(lambda: refused, lambda: answer(201)) is refused


@pytest.mark.parametrize(
    "message", [FULL, "Storage quota of 500 MB exceeded", "You may have 100 files: upgrade"]
)
def test_a_number_of_files_is_no_size(message: str) -> None:
    assert not names_a_size(answer(403, message))
