"""Requests at the boundaries: read from a file, sent in part or whole, with real ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.harness.boundaries import boundaries, chosen, probe
from conformance.judge.contract import contracts_of
from tests.harness.library import Library, harness_of

if TYPE_CHECKING:
    from conformance.judge.finding import Violation
    from conformance.model.exchange import Request

ROBUST = "FH-DELETE-14"


def sent(operation: str, *ids: str, **values: object) -> list[Request]:
    library = Library()
    probe(harness_of(library, [], **values), operation, ids or ["a"], robust=ROBUST)
    return [request for _, request in library.sent]


@pytest.mark.parametrize("profile", ["feedhive", "hayon"])
def test_the_file_holds_operations_of_the_documents(profile: str) -> None:
    known = {name for contract in contracts_of(profile) for name in contract.operations}

    assert boundaries(profile).keys() <= known


def test_each_request_of_an_operation_is_sent_once() -> None:
    requests = sent("list_media")

    assert len(requests) == len(boundaries("feedhive")["list_media"])
    assert any("limit=101" in request.url for request in requests)
    assert any(request.url.count("limit=") > 1 for request in requests)


def test_a_delete_never_removes_an_id_that_was_made_up() -> None:
    requests = sent("delete_media", "made/one")

    assert {request.url for request in requests} == {"http://h/media/made%2Fone"}


def test_a_fetch_also_asks_for_the_shortest_ids() -> None:
    urls = {request.url for request in sent("get_media", "made/one")}

    assert {"http://h/media/made%2Fone", "http://h/media/00"} <= urls


def test_the_quick_effort_sends_what_no_other_case_sends() -> None:
    cases = boundaries("feedhive")["create_upload"]
    alone = [case for case in cases if case.alone]

    quick = [chosen(cases, "quick", seed) for seed in range(len(cases))]

    assert alone
    assert all(set(alone) <= set(some) and len(some) == len(alone) + 1 for some in quick)
    assert {case for some in quick for case in some} == set(cases)


def test_quick_requests_of_all_operations_are_few() -> None:
    count = sum(len(chosen(cases, "quick", 0)) for cases in boundaries("feedhive").values())

    assert count <= 15


def test_a_server_error_breaks_only_its_own_requirement() -> None:
    noticed: list[Violation] = []

    probe(harness_of(Library("fails"), noticed), "delete_media", ["a"], robust=ROBUST)

    assert {violation.requirement for violation in noticed} == {ROBUST}
