"""Waiting for a target that is still starting."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.model.profile import Profile
from conformance.runner import waiting
from conformance.runner.progress import Quiet
from conformance.runner.waiting import why_absent
from conformance.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGET = Target("hayon", "http://127.0.0.1:9", token="t")


def wait(seconds: float, pauses: list[float]) -> str | None:
    return why_absent(Profile.load("hayon"), TARGET, seconds, Quiet(), pauses.append)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Let the target answer with these statuses in turn; None is no answer."""
    given: list[Any] = []

    def knock(_: object) -> Iterator[Any]:
        status = given.pop(0) if len(given) > 1 else given[0]
        response = None if status is None else SimpleNamespace(status=status)
        return [SimpleNamespace(response=response, status=status, error="no answer")]  # type: ignore[return-value]

    monkeypatch.setattr(waiting, "reachable", lambda *_: None)
    monkeypatch.setattr(Profile, "module", lambda *_: SimpleNamespace(knock=knock))
    return given


@pytest.mark.parametrize("status", [200, 401, 404, 500])
def test_any_answer_of_the_server_ends_the_wait(answers: list[Any], status: int) -> None:
    pauses: list[float] = []
    answers += [None, 502, 503, 504, status]

    assert wait(60, pauses) is None
    assert len(pauses) == 4


def test_a_target_that_stays_away_is_named_with_the_last_reason(answers: list[Any]) -> None:
    answers.append(503)

    assert wait(0.001, []) == (
        "http://127.0.0.1:9 did not answer within 0.001 seconds: it answers 503"
    )


def test_without_seconds_nothing_is_sent(answers: list[Any]) -> None:
    answers.append(None)

    assert wait(0, []) is None


def test_a_closed_port_is_waited_for_too() -> None:
    reason = wait(0.01, [])

    assert reason is not None
    assert "refused" in reason


def test_a_wait_is_not_longer_than_a_run_may_take(answers: list[Any]) -> None:
    answers.append(503)
    target = replace(TARGET, limits=replace(TARGET.limits, run=0.001))

    reason = why_absent(Profile.load("hayon"), target, 600, Quiet(), lambda _: None)

    assert reason is not None
    assert "within 0.001 seconds" in reason
