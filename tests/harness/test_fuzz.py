"""A search with generated requests: a server error breaks its own requirement, and no other."""

from __future__ import annotations

import pytest

from conformance.harness import fuzz
from conformance.harness.retry import Limited
from conformance.judge.finding import Violation
from conformance.model.exchange import Exchange, Request, Response
from tests.harness.library import Library, harness_of

OPERATION = "list_media"


class Answers(Library):
    """The requests of a search get these answers, the last one again and again."""

    def __init__(self, *answers: tuple[int, bytes] | None) -> None:
        super().__init__()
        self.left = list(answers)

    def send_generated(
        self, request: Request, operation: str, *, caller: str | None = "main"
    ) -> Exchange:
        del caller
        self.sent.append((operation, request))
        answer = self.left.pop(0) if len(self.left) > 1 else self.left[0]
        if answer is None:
            return Exchange(request, None, "timed out", operation)
        exchange = Exchange(request, Response(answer[0], (), answer[1], 0.01), operation=operation)
        if answer[0] in {429, 503}:
            raise Limited(exchange)
        return exchange


def searched(*answers: tuple[int, bytes] | None) -> tuple[Answers, list[Violation]]:
    library, noticed = Answers(*answers), []  # type: ignore[var-annotated]
    harness = harness_of(library, noticed, effort="quick")
    fuzz.exercise(harness, OPERATION, ["a"], robust="FH-LIST-05")
    return library, noticed


def test_a_server_error_is_noted_under_its_own_requirement() -> None:
    _, noticed = searched((500, b"Internal Server Error"), (404, b"{}"))

    assert [violation.requirement for violation in noticed] == ["FH-LIST-05"]


def test_the_search_goes_on_after_a_server_error() -> None:
    with pytest.raises(Violation, match="the body to be of type object"):
        searched((500, b""), (500, b""), (200, b"[]"))


def test_a_server_error_with_a_pause_blocks_no_schema() -> None:
    _, noticed = searched((503, b""), (404, b"{}"))

    assert [violation.requirement for violation in noticed] == ["FH-LIST-05"]


def test_a_limit_after_an_answer_only_ends_the_search() -> None:
    library, noticed = searched((404, b"{}"), (429, b""))

    assert not noticed
    assert len(library.sent) == 2


def test_a_limit_before_any_answer_leaves_the_schema_unverified() -> None:
    with pytest.raises(Limited):
        searched((429, b""))


def test_a_silent_server_is_asked_three_times() -> None:
    library, _ = searched(None)

    assert len(library.sent) == 3


def test_the_seed_decides_what_is_sent() -> None:
    def sent(seed: int) -> list[tuple[str, bytes]]:
        library = Library()
        harness = harness_of(library, [], seed=seed, effort="standard")
        fuzz.exercise(harness, "create_upload", ["a"], robust="FH-CREATE-18")
        return [(request.url, request.body) for _, request in library.sent]

    assert sent(1) == sent(1)
    assert sent(1) != sent(2)
