"""A search with generated requests: a server error breaks its own requirement, and no other."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from conformance.harness import fuzz
from conformance.judge.finding import Violation
from conformance.model.exchange import Exchange, Request, Response
from conformance.model.profile import Profile

if TYPE_CHECKING:
    from conformance.harness.harness import Harness

REQUEST = Request("GET", "http://h/media")
OPERATION = "list_media"


@pytest.fixture
def noticed() -> list[Violation]:
    return []


@pytest.fixture
def harness(noticed: list[Violation]) -> Harness:
    proof = SimpleNamespace(notice=noticed.append)
    values = {"profile": Profile.load("feedhive"), "seed": 0, "effort": "quick"}
    return SimpleNamespace(proof=proof, **values)  # type: ignore[return-value]


def answers(monkeypatch: pytest.MonkeyPatch, *bodies: tuple[int, bytes]) -> None:
    """Let the requests of the search get these answers, the last one again and again."""
    left = list(bodies)

    def sent(*_: object) -> Exchange:
        status, body = left.pop(0) if len(left) > 1 else left[0]
        return Exchange(REQUEST, Response(status, (), body, 0.01), operation=OPERATION)

    monkeypatch.setattr(fuzz, "_sent", sent)


def test_a_server_error_is_noted_under_its_own_requirement(
    monkeypatch: pytest.MonkeyPatch, harness: Harness, noticed: list[Violation]
) -> None:
    answers(monkeypatch, (500, b"Internal Server Error"), (404, b"{}"))

    fuzz.exercise(harness, OPERATION, ["a"], robust="FH-LIST-05")

    assert [violation.requirement for violation in noticed] == ["FH-LIST-05"]


def test_the_search_goes_on_after_a_server_error(
    monkeypatch: pytest.MonkeyPatch, harness: Harness, noticed: list[Violation]
) -> None:
    answers(monkeypatch, (500, b""), (500, b""), (200, b"[]"))

    with pytest.raises(Violation, match="the body to be of type object"):
        fuzz.exercise(harness, OPERATION, ["a"], robust="FH-LIST-05")

    assert len(noticed) == 2
