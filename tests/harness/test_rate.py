"""Requests begin at even distances where the user bounds how many are sent."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from conformance.harness import rate
from conformance.harness.rate import Rate


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds that were waited for; nothing really waits."""
    seconds: list[float] = []
    monkeypatch.setattr(rate, "sleep", seconds.append)
    monkeypatch.setattr(rate, "time", SimpleNamespace(monotonic=lambda: 100.0))
    monkeypatch.delenv("PYTEST_XDIST_WORKER_COUNT", raising=False)
    return seconds


def test_requests_that_come_at_once_begin_one_after_the_other(waited: list[float]) -> None:
    subject = Rate(4.0)

    for _ in range(4):
        subject.wait()

    assert waited == [0.0, 0.25, 0.5, 0.75]


def test_processes_share_the_rate(waited: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "3")
    subject = Rate(4.0)

    for _ in range(2):
        subject.wait()

    assert waited == [0.0, 0.75]


def test_without_a_bound_nothing_waits(waited: list[float]) -> None:
    Rate(None).wait()

    assert waited == []
