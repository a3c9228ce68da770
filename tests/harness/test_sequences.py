"""Sequences: their steps, what the log keeps, and the bound of a search."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from conformance.harness.sequences import (
    MOST_REPLAYS,
    Log,
    RandomSequence,
    Sequence,
    row_of,
    search,
    too_little,
)
from conformance.harness.transcript import Transcript
from conformance.judge.finding import Blocked, Violation

NEEDS = {"files": 2}


def broken(row: str | None = "X-1") -> Violation:
    return Violation("one", "two", None, row)


def blocked(row: str) -> Blocked:
    return Blocked(violation=broken(row))


def sequence() -> Sequence:
    class Bound(Sequence):
        log = Log(Transcript("run"), NEEDS)

    return Bound()


def test_a_violation_ends_a_sequence_and_its_steps_are_told() -> None:
    one = sequence()
    finding = blocked("X-1")

    with one.step("ask"):
        pass
    with one.check("look"):
        pass
    with pytest.raises(Blocked), one.step("store"):
        raise finding

    assert one.over
    assert one.log.result() is finding
    assert finding.violation is not None
    assert finding.violation.__notes__ == ["1. ask", "2. store"]


def test_what_follows_every_step_is_told_where_it_fails() -> None:
    one = sequence()

    with pytest.raises(Violation), one.check("look"):
        raise broken()

    assert one.log.steps == ["look"]


def test_a_limit_stops_a_sequence_and_blames_nobody() -> None:
    one = sequence()
    limit = Blocked(limit="25 uploads")

    def ask() -> None:
        raise limit

    with one.step("ask"):
        ask()

    assert (one.stopped, one.over) == (True, False)
    assert one.log.result() is limit
    one.log.done.update(NEEDS)
    assert one.log.result() is None


def test_the_log_keeps_the_shortest_sequence_of_the_same_defect() -> None:
    log = Log(Transcript("run"), NEEDS)

    log.failed(blocked("X-1"), ["a", "b", "c"])
    log.failed(blocked("X-2"), ["d"])
    log.failed(blocked("X-1"), ["a", "b", "c", "d"])
    assert log.steps == ["a", "b", "c"]

    log.failed(blocked("X-1"), ["a", "b"])
    assert log.steps == ["a", "b"]


@pytest.mark.parametrize("kind", NEEDS)
def test_too_little_names_the_count(kind: str) -> None:
    lacking = too_little({kind: 1}, NEEDS)

    assert lacking is not None
    assert f"1 {kind} of the 2" in str(lacking.cause.limit)
    assert too_little(NEEDS, NEEDS) is None


def test_a_limit_is_the_reason_of_a_search_that_did_too_little() -> None:
    limit = Blocked(limit="a quota")

    assert too_little({}, NEEDS, limit) is limit
    assert too_little(NEEDS, NEEDS, limit) is None


def test_a_finding_names_its_row() -> None:
    assert row_of(blocked("X-1")) == "X-1"
    assert row_of(broken("X-2")) == "X-2"
    assert row_of(broken(None)) is None
    assert row_of(Blocked(limit="a quota")) is None


class Counting(RandomSequence):
    """Fails when the third rule, or a later one, is done; but not always again."""

    count = 0
    harmless = 2
    every = 1

    @initialize()
    def begin(self) -> None:
        self.begin_or_reject()
        type(self).count += 1

    @rule(number=st.integers(0, 9))
    def act(self, number: int) -> None:
        with self.step(f"act {number}"):
            self.log.done["files"] += 1
            if len(self.steps) > self.harmless and self.count % self.every == 0:
                raise broken()


def bound(**values: Any) -> type[Any]:
    return type(
        "Bound",
        (Counting,),
        {"log": Log(Transcript("run"), NEEDS), **values},
    )


def test_a_search_shortens_what_fails() -> None:
    machine = bound()

    finding = search(machine, seed=3, examples=5, steps=6)

    assert finding is not None
    assert finding.__notes__ == [f"{number}. act 0" for number in (1, 2, 3)]


def test_a_search_of_a_sound_server_finds_nothing() -> None:
    assert search(bound(harmless=99), seed=3, examples=3, steps=4) is None


def test_a_server_that_fails_only_sometimes_is_still_reported() -> None:
    finding = search(bound(every=2), seed=3, examples=6, steps=6)

    assert isinstance(finding, Violation)


def test_the_number_of_repetitions_is_bounded() -> None:
    machine = bound(harmless=4)

    search(machine, seed=5, examples=10, steps=40)

    assert machine.count <= 10 + MOST_REPLAYS + 1
