"""A library that somebody else changes now and then is not left alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.judge.finding import Blocked
from conformance.profiles.feedhive.machine import agreement
from conformance.profiles.feedhive.machine.comparison import Step
from conformance.profiles.feedhive.machine.model import Found, Model
from conformance.profiles.feedhive.machine.world import World

if TYPE_CHECKING:
    from conformance.profiles.feedhive.machine.observation import Library


class Clock:
    """Time that passes only while somebody waits."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(agreement, "time", found)
    monkeypatch.setattr(agreement, "sleep", found.wait)
    return found


def changes_every(seconds: float, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a world whose library has one more item every so many seconds."""

    def read(*_: object) -> Library:
        seen: Any = SimpleNamespace(ids=["m"], total=int(clock.now // seconds))
        return seen  # type: ignore[no-any-return]

    monkeypatch.setattr(agreement, "_read", read)
    nothing: Any = None
    return World(nothing, nothing, ("main",))


def test_a_slow_client_is_seen_the_first_time(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = changes_every(9, clock, monkeypatch)

    assert not agreement.left_alone(world, Model(), "main")
    assert world.company == {"main"}


def test_a_library_that_stays_is_watched_longer_only_once(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = changes_every(1_000, clock, monkeypatch)

    assert agreement.left_alone(world, Model(), "main")
    first = clock.now
    assert agreement.left_alone(world, Model(), "main")
    assert clock.now - first < first / 2


@pytest.mark.parametrize(
    ("known", "wanted"), [({"m"}, None), (set(), "no item that nobody made")], ids=["made", "new"]
)
def test_beside_other_cases_only_an_item_that_none_of_them_made_is_a_finding(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, known: set[str], wanted: str | None
) -> None:
    world = changes_every(1_000, clock, monkeypatch)
    world.company, world.beside = {"main"}, frozenset({"main"})
    api: Any = SimpleNamespace(
        completions=SimpleNamespace(not_of_others=lambda ids: set(ids) - known)
    )
    monkeypatch.setattr(World, "api", api)
    item, page = {"id": "m"}, SimpleNamespace(has_more=False, ids=["m"])
    seen: Any = SimpleNamespace(
        ids=["m"], items=[item], total=1, caller="main", pages=[page], exchange=None
    )
    monkeypatch.setattr(agreement, "_read", lambda *_: seen)

    if wanted is None:
        compare(world)
        return
    with pytest.raises(Blocked) as blocked:
        compare(world)
    assert blocked.value.violation is not None
    assert blocked.value.violation.expected == wanted


def total_is_right_after(seconds: float, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a world of an empty library, whose total is 1 until so many seconds passed."""

    def read(*_: object) -> Library:
        page: Any = SimpleNamespace(has_more=False, ids=[])
        total = int(clock.now < seconds)
        seen: Any = SimpleNamespace(
            ids=[], items=[], total=total, caller="main", pages=[page], exchange=None
        )
        return seen  # type: ignore[no-any-return]

    monkeypatch.setattr(agreement, "_read", read)
    nothing: Any = None
    return World(nothing, nothing, ("main",))


def compare(world: World) -> None:
    model = Model(found={"main": Found()})
    seen = agreement._read(world, model, "main")
    agreement._agree_on_library(world, model, Step("a step", "main"), seen)


def test_a_total_that_the_server_keeps_is_waited_for_and_compared_no_more(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = total_is_right_after(30, clock, monkeypatch)

    compare(world)

    assert world.keeps_totals
    clock.now = 0
    compare(world)
    assert clock.now == 0


def test_a_total_that_stays_wrong_is_a_finding_and_waited_for_once(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = total_is_right_after(10_000, clock, monkeypatch)

    for longest in (60, 12):
        began = clock.now
        with pytest.raises(Blocked):
            compare(world)
        assert clock.now - began < longest
