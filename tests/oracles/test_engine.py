"""The engine: what it reports, how often, and what it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.knowledge.callers import Callers
from conformance.knowledge.facts import Act
from conformance.knowledge.knowledge import Knowledge
from conformance.model.exchange import Exchange, Request, Response
from conformance.model.profile import Profile
from conformance.oracles.engine import MOST_OF_ONE_KIND, Engine, Timed
from conformance.oracles.finding import AGREES, Finding, agrees_on
from conformance.oracles.registry import Registry, oracles_of
from conformance.problem import KitFault
from conformance.profiles.feedhive.reading import reader_of
from tests.oracles.simulated_server import Server
from tests.oracles.traffic import Traffic, engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.knowledge.event import Event
    from conformance.oracles.finding import Judgement


def listed(status: int, at: float) -> Timed:
    request = Request("GET", f"https://h/media?limit={at}")
    return Timed(Exchange(request, Response(status, (), b"", 0.1)), at, at + 0.5, "case")


def with_oracles(registry: Registry) -> Engine:
    knowledge = Knowledge(reader_of({"main": "https://h"}), Callers({}))
    return Engine(knowledge, registry.oracles)


def test_each_thing_is_told_once_and_everything_is_counted() -> None:
    registry = Registry()

    @registry.of_answers("X-1", acts=(Act.LIST,))
    def not_teapots(_: Knowledge, event: Event) -> Iterator[Judgement]:
        """No answer is a teapot."""
        yield Finding("X-1", "teapot", "none", "one", event) if event.status == 418 else AGREES

    one = with_oracles(registry)
    found = one.judge_stream([listed(200, 1), listed(418, 2), listed(418, 3)])

    assert [(oracle.name, finding.event.began) for oracle, finding in found] == [("not-teapots", 2)]
    assert one.counts() == [
        {"name": "not-teapots", "requirements": ["X-1"], "judged": 3, "found": 1}
    ]


def test_of_many_things_only_a_few_are_told() -> None:
    registry = Registry()

    @registry.of_answers("X-1")
    def nothing_is_right(_: Knowledge, event: Event) -> Iterator[Judgement]:
        """Nothing is right."""
        yield Finding("X-1", event.number, "right", "wrong", event)

    found = with_oracles(registry).judge_stream(listed(200, at) for at in range(20))

    assert len(found) == MOST_OF_ONE_KIND


def test_a_confused_thing_is_not_judged_any_more() -> None:
    registry = Registry()

    @registry.of_answers("X-1")
    def first(_: Knowledge, event: Event) -> Iterator[Judgement]:
        """The first."""
        yield Finding("X-1", "thing", "one", "two", event, confuses=True)

    @registry.of_answers("X-2")
    def second(_: Knowledge, event: Event) -> Iterator[Judgement]:
        """The second."""
        yield Finding("X-2", "thing", "one", "two", event)

    found = with_oracles(registry).judge_stream([listed(200, 1)])

    assert [finding.requirement for _, finding in found] == ["X-1"]


def test_oracles_of_the_library_are_silent_in_company() -> None:
    registry = Registry()

    @registry.of_libraries("X-1")
    def empty(_: Knowledge) -> Iterator[Judgement]:
        """Libraries are empty."""
        yield AGREES

    in_company = with_oracles(registry)
    in_company.knowledge.alone = False
    alone = with_oracles(registry)
    for one in (in_company, alone):
        one.finish()

    assert (in_company.judged["empty"], alone.judged["empty"]) == (0, 1)


def test_an_oracle_needs_a_sentence_and_a_row() -> None:
    def silent(_: Knowledge, __: Event) -> Iterator[Judgement]:
        yield AGREES

    with pytest.raises(KitFault, match="the oracle silent needs"):
        Registry().of_answers("X-1")(silent)


def test_a_stream_in_any_order_gives_the_same() -> None:
    traffic = Traffic(Server())
    traffic.media()
    traffic.page()
    traffic.wait(10)
    forward, backward = engine(), engine()

    forward.judge_stream(traffic.stream)
    backward.judge_stream(reversed(traffic.stream))

    assert forward.judged == backward.judged
    assert sum(forward.judged.values()) > 10


@pytest.mark.parametrize("profile", ["feedhive", "hayon"])
def test_every_oracle_judges_rows_of_its_catalogue(profile: str) -> None:
    oracles = oracles_of(profile)

    for oracle in oracles:
        assert oracle.sentence.endswith(".")
        assert all(row in Profile.load(profile).catalogue for row in oracle.requirements), oracle
    assert len(oracles) >= 14


def test_an_answer_exercises_the_rows_that_its_oracles_speak_for() -> None:
    registry = Registry()

    @registry.of_answers("X-1")
    def one_row(_: Knowledge, event: Event) -> Iterator[Judgement]:
        """Its only row is meant."""
        del event
        yield AGREES

    @registry.of_answers("X-2", "X-3", "X-4")
    def several_rows(_: Knowledge, event: Event) -> Iterator[Judgement]:
        """It names the rows that are meant."""
        yield AGREES
        yield agrees_on("X-2") if event.succeeded else agrees_on()
        yield Finding("X-4", "thing", "right", "wrong", event)

    one = with_oracles(registry)
    one.judge_stream([listed(200, 1), listed(418, 2)])

    assert one.exercised == {"X-1": 2, "X-2": 1, "X-4": 2}
