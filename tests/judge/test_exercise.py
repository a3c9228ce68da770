"""Which rows the contract check of an answer is about."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.judge.contract import contracts_of
from conformance.judge.exercise import rows_judged
from conformance.model.exchange import Exchange, Request, Response
from conformance.model.profile import Profile

FEEDHIVE = Profile.load("feedhive")


def rows(operation: str, status: int, body: Any) -> set[str]:
    answer = Response(status, (("content-type", "application/json"),), json.dumps(body).encode(), 0)
    exchange = Exchange(Request("GET", "http://h/"), answer, operation=operation)
    return set(rows_judged(FEEDHIVE.catalogue, contracts_of("feedhive"), exchange))


def test_a_success_is_judged_by_its_schemas_and_the_promises_of_its_members() -> None:
    whole = {"upload_id": "u", "upload_url": "http://s/k", "expires_at": "soon"}

    assert rows("create_upload", 201, {"success": True, "data": {}}) == {
        "FH-CREATE-SCHEMA", "FH-CREATE-SCHEMA-REF",
    }  # fmt: skip
    assert rows("create_upload", 201, {"success": True, "data": whole}) >= {
        "FH-CREATE-SCHEMA", "FH-CREATE-12", "FH-CREATE-13", "FH-CREATE-14",
    }  # fmt: skip


def test_a_refusal_is_judged_by_the_further_reference_and_by_what_it_claims() -> None:
    assert rows("list_media", 400, {"success": False}) == {
        "FH-LIST-SCHEMA-REF", "FH-ERROR-01", "FH-ERROR-03",
    }  # fmt: skip


def test_a_list_with_few_items_shows_nothing_of_walks() -> None:
    data = {"items": [], "total": 0, "has_more": False, "next_cursor": None}

    found = rows("list_media", 200, {"success": True, "data": data})

    assert "FH-LIST-SCHEMA" in found
    assert not found & {"FH-LIST-04", "FH-LIST-06"}


@pytest.mark.parametrize(("operation", "status"), [("", 200), ("list_media", 500)])
def test_other_answers_exercise_nothing(operation: str, status: int) -> None:
    assert rows(operation, status, {}) == set()
