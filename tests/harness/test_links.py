"""Sequences along the links: stored files, ids from answers, deletes of what was made."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from conformance.harness.links import Trail, _response, follow
from conformance.judge.finding import Blocked
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive.links import LinkGuide
from tests.harness.library import Library, harness_of

if TYPE_CHECKING:
    from conformance.judge.finding import Violation

#: What `as_state_machine` makes of the document: nine links, which differ in more than a status.
LINKS = 9


def followed(
    library: Library,
    noticed: list[Violation] | None = None,
    seed: int = 0,
    effort: str = "quick",
    *,
    come_again: bool = False,
) -> Trail:
    harness = harness_of(library, [] if noticed is None else noticed, seed=seed, effort=effort)
    api = SimpleNamespace(
        made=library.made,
        completions=SimpleNamespace(wait=lambda: None),
        reads=SimpleNamespace(is_given_again=lambda _: come_again),
    )
    given = SimpleNamespace(api=api, genuine=lambda _: b"file")
    return follow(harness, LinkGuide(harness, given))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def usual() -> tuple[Library, Trail]:
    library = Library()
    return library, followed(library, effort="standard")


def test_most_links_are_followed_and_files_are_stored(usual: tuple[Library, Trail]) -> None:
    library, trail = usual

    assert trail.result() is None
    assert len(trail.followed) >= LINKS - 2
    assert library.stored
    assert len(library.sent) < 60


def test_deletes_touch_only_what_the_sequences_made(usual: tuple[Library, Trail]) -> None:
    library, _ = usual

    assert library.deleted
    assert all(name.startswith("med/") for name in library.deleted)


def test_each_id_of_a_path_comes_from_an_answer(usual: tuple[Library, Trail]) -> None:
    library, _ = usual

    paths = [request.url for operation, request in library.sent if operation == "get_media"]
    assert all("/old%2F" in path or "/med%2F" in path for path in paths)


def test_a_deleted_item_that_is_fetched_is_a_use_after_free() -> None:
    noticed: list[Violation] = []

    followed(Library("undead"), noticed)

    assert {violation.requirement for violation in noticed} == {"FH-DELETE-19"}
    assert re.fullmatch(r"\d+\. get_media med/\d+: 200", noticed[0].__notes__[-1])


def test_an_id_that_was_given_to_another_item_is_no_use_after_free() -> None:
    noticed: list[Violation] = []

    followed(Library("undead"), noticed, come_again=True)

    assert noticed == []


def test_a_server_error_breaks_a_requirement_of_its_own_and_proves_nothing_else() -> None:
    noticed: list[Violation] = []

    trail = followed(Library("fails"), noticed)

    assert {violation.requirement for violation in noticed} <= {"FH-CREATE-18", "FH-LIST-05"}
    assert isinstance(trail.result(), Blocked)


def test_the_seed_decides_the_sequences() -> None:
    def steps(seed: int) -> list[str]:
        library = Library()
        followed(library, seed=seed)
        return [operation for operation, _ in library.sent]

    assert steps(1) == steps(1)
    assert steps(1) != steps(2)


@pytest.mark.parametrize(("status", "told"), [(200, 400), (302, 400), (404, 404), (500, 500)])
def test_what_shows_no_item_is_a_refusal_for_schemathesis(status: int, told: int) -> None:
    answer = Response(status, (), b'{"success": false}', 0.0)
    exchange = Exchange(Request("GET", "http://h/media/a"), answer)

    assert _response(exchange).status_code == told
