"""Every operation and its schema: with plain requests, and with those of schemathesis."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from conformance.harness.boundaries import probe
from conformance.harness.fuzz import exercise
from conformance.judge import expect
from conformance.judge.finding import precondition
from conformance.model.requirement import Level
from conformance.profiles.feedhive.links import ROBUST
from conformance.profiles.feedhive.media_id import not_given_again
from conformance.suite.marks import generated, requirement, search

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given
    from conformance.profiles.feedhive.upload import Media


def _a_page(api: Api, given: Given) -> Exchange:
    given.shared.library(3)
    return api.list_media(limit=50)


_ANSWERS: dict[str, Callable[[Api, Given], Exchange]] = {
    "create_upload": lambda api, _: api.create_upload("a.png", "image/png"),
    "complete_upload": lambda api, given: api.complete_upload(given.stored_upload().id),
    "list_media": _a_page,
    "get_media": lambda _, given: given.fetched(given.shared.sample()),
    "delete_media": lambda api, given: api.delete_media(_deletable(given).id),
}
_NAMES = {
    "create_upload": "CREATE",
    "complete_upload": "COMPLETE",
    "list_media": "LIST",
    "get_media": "GET",
    "delete_media": "DELETE",
}


def _open_session(given: Given) -> str:
    return given.working.create().id


_REAL_IDS: dict[str, Callable[[Given], str]] = {
    "complete_upload": lambda given: given.stored_upload().id,
    "get_media": lambda given: given.shared.sample().id,
    "delete_media": lambda given: given.media().id,
}


def _deletable(given: Given) -> Media:
    given.working.delete()
    return given.media()


def _kept(api: Api, operation: str, *ids: str) -> AbstractContextManager[None]:
    """Keep ids for requests that go on after the first of them deleted the item."""
    deletes = operation == "delete_media"
    return not_given_again(api.completions, *ids) if deletes else nullcontext()


def _rows(suffix: str) -> list[object]:
    return [
        pytest.param(operation, marks=requirement(f"FH-{name}-{suffix}"), id=operation)
        for operation, name in _NAMES.items()
    ]


@pytest.mark.parametrize("operation", _rows("SCHEMA"))
def test_a_success_has_the_pages_shape(
    api: Api, given: Given, conformance_case: Harness, operation: str
) -> None:
    exchange = _ANSWERS[operation](api, given)

    with precondition(f"FH-{_NAMES[operation]}-01"):
        expect.success(exchange)
    conformance_case.hold_to(exchange, Level.MUST)


@pytest.mark.parametrize("operation", _rows("SCHEMA-REF"))
def test_a_success_has_the_references_shape(
    api: Api, given: Given, conformance_case: Harness, operation: str
) -> None:
    exchange = _ANSWERS[operation](api, given)

    with precondition(f"FH-{_NAMES[operation]}-01"):
        expect.success(exchange)
    conformance_case.hold_to(exchange, Level.SHOULD)


@generated
@pytest.mark.parametrize("operation", _rows("SCHEMA"))
def test_requests_at_the_boundaries_get_answers_of_the_documented_shape(
    api: Api, given: Given, conformance_case: Harness, operation: str
) -> None:
    real_id = _REAL_IDS.get(operation, _open_session)(given)

    with _kept(api, operation, real_id):
        probe(conformance_case, operation, [real_id], robust=ROBUST[operation])


@search
@generated
@pytest.mark.parametrize("operation", _rows("SCHEMA"))
def test_generated_requests_get_answers_of_the_documented_shape(
    api: Api, given: Given, conformance_case: Harness, operation: str
) -> None:
    ids = {
        "complete_upload": [given.created_upload().id for _ in range(2)],
        "get_media": [media.id for media in given.shared.library(2)],
        "delete_media": [given.media().id for _ in range(2)],
    }.get(operation, [given.working.create().id])

    with _kept(api, operation, *ids):
        exercise(conformance_case, operation, ids, robust=ROBUST[operation])
