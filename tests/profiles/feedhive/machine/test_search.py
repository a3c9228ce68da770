"""The search plays each sequence once, shortens a failing one, and says when it did too little."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.judge.finding import Blocked, Violation
from conformance.profiles.feedhive.machine import search as module
from conformance.profiles.feedhive.machine.moves import LENGTH, Move
from conformance.profiles.feedhive.machine.search import NEEDS, search
from conformance.profiles.feedhive.machine.world import Doubt, World

ENOUGH = dict.fromkeys(NEEDS, 10)


def world() -> World:
    harness = SimpleNamespace(transcript=SimpleNamespace(begin_part=lambda: None))
    found = World(cast("Any", harness), cast("Any", None), ())
    found.done.update(ENOUGH)
    return found


def broken(requirement: str = "FH-DELETE-03") -> Blocked:
    return Blocked(violation=Violation("this", "that", requirement=requirement))


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Move, ...]]:
    """Fail every sequence that deletes after it opened; remember what was played."""
    found: list[tuple[Move, ...]] = []

    def play(sequence: Any, moves: tuple[Move, ...]) -> None:
        found.append(moves)
        names = [move.name for move in moves]
        sequence.steps += names
        if "open" in names and "delete" in names[names.index("open") :]:
            raise broken()

    monkeypatch.setattr(module, "play", play)
    return found


def test_the_first_sequence_has_no_move(played: list[tuple[Move, ...]]) -> None:
    assert search(world(), seed=1, examples=1) is None
    assert played == [()]


def test_a_search_for_moves_leaves_the_sequence_without_moves_to_another_case(
    played: list[tuple[Move, ...]],
) -> None:
    assert search(world(), seed=1, examples=1, plain=False) is None
    assert len(played) == 1
    assert played[0]


@pytest.mark.parametrize("seed", range(3))
def test_a_failing_sequence_is_shortened(played: list[tuple[Move, ...]], seed: int) -> None:
    found = search(world(), seed=seed, examples=300, replays=60)

    assert isinstance(found, Blocked)
    assert found.violation is not None
    assert found.violation.__notes__ == ["1. open", "2. delete"]
    # Without moves it is played twice: as the first sequence, and in place of the failing one.
    assert len(played) - len(set(played)) <= 1


def test_a_failing_sequence_is_played_again_only_so_often(
    played: list[tuple[Move, ...]],
) -> None:
    search(world(), seed=1, examples=300, replays=0)
    failing = [n for n, moves in enumerate(played) if len(moves) > 1 and n == len(played) - 1]

    assert len(failing) == 1


@pytest.mark.parametrize("stop", [Doubt("lost"), Blocked(limit="a quota")])
def test_an_unfinished_sequence_is_no_finding(
    monkeypatch: pytest.MonkeyPatch, stop: Exception
) -> None:
    def play(*_: object) -> None:
        raise stop

    monkeypatch.setattr(module, "play", play)

    assert search(world(), seed=1, examples=3) is None


def test_a_sequence_has_no_more_moves_than_its_length(played: list[tuple[Move, ...]]) -> None:
    search(world(), seed=4, examples=30, replays=0)

    assert max(map(len, played)) <= LENGTH
    assert any(played)
