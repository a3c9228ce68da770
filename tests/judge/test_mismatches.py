"""Which requirement an answer breaks that departs from the schemas of its operation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.judge.contract import Contract, contracts_of, mismatches
from conformance.model.exchange import Exchange, Request, Response
from conformance.model.profile import Profile
from conformance.model.requirement import Catalogue, Level, Requirement, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.judge.finding import Violation

CREATED: dict[str, Any] = {
    "success": True,
    "data": {
        "upload_id": "upl_1",
        "upload_url": "https://s3.example/k?X-Amz-Signature=a",
        "expires_at": "2031-05-04T11:31:12Z",
    },
}


def answer(body: Any, operation: str | None = "create_upload", status: int = 200) -> Exchange:
    response = Response(status, (), json.dumps(body).encode(), 0.01)
    return Exchange(Request("POST", "http://localhost/media"), response, operation=operation)


def found(exchange: Exchange) -> list[Violation]:
    catalogue = Profile.load("feedhive").catalogue
    return list(mismatches(catalogue, contracts_of("feedhive"), exchange))


def broken(exchange: Exchange) -> list[str | None]:
    return [violation.requirement for violation in found(exchange)]


def without(member: str) -> dict[str, Any]:
    data = {name: value for name, value in CREATED["data"].items() if name != member}
    return {"success": True, "data": data}


def rows(schemas: dict[str, dict[str, str]]) -> Catalogue:
    """Return a catalogue of our own whose rows are A-MUST and A-SHOULD."""
    source = Source("A page", "One")
    made = [
        Requirement(f"A-{level}", level, "t", "s", "make", source)
        for level in (Level.MUST, Level.SHOULD)
    ]
    return Catalogue("A page", "1.0.0", made, schemas=schemas)


def document(operation: str, **schemas: dict[str, Any]) -> dict[str, Any]:
    content = {name.replace("_", "-"): schema for name, schema in schemas.items()}
    response = {"content": {"application/json": content}}
    return {"paths": {"/x": {"post": {"operationId": operation, "responses": {"200": response}}}}}


@pytest.mark.parametrize("member", ["upload_id", "upload_url", "expires_at"])
def test_a_missing_member_breaks_the_binding_row_and_no_other(member: str) -> None:
    assert broken(answer(without(member))) == ["FH-CREATE-SCHEMA"]
    assert broken(answer(CREATED)) == []


def test_what_only_the_reference_states_breaks_its_row() -> None:
    empty = {**CREATED, "data": {**without("upload_id")["data"], "upload_id": ""}}

    violations = found(answer(empty))

    assert [violation.requirement for violation in violations] == ["FH-CREATE-SCHEMA-REF"]
    assert "data.upload_id" in violations[0].expected


def test_each_operation_breaks_its_own_row() -> None:
    broken_by = {
        operation: broken(answer({}, operation))
        for operation in ("complete_upload", "list_media", "get_media", "delete_media")
    }

    assert broken_by == {
        "complete_upload": ["FH-COMPLETE-SCHEMA"],
        "list_media": ["FH-LIST-SCHEMA"],
        "get_media": ["FH-GET-SCHEMA"],
        "delete_media": ["FH-DELETE-SCHEMA"],
    }


@pytest.mark.parametrize("operation", [None, "put_object", "unknown"])
def test_an_answer_without_a_schema_row_breaks_nothing(operation: str | None) -> None:
    assert broken(answer({}, operation)) == []


def test_a_level_without_a_row_is_not_judged() -> None:
    contract = document("make", schema={"type": "array"}, x_reference_schema={"minItems": 1})
    catalogue = rows({"make": {"SHOULD": "A-SHOULD"}})

    assert list(mismatches(catalogue, [Contract(contract)], answer({}, "make"))) == []
    (violation,) = mismatches(catalogue, [Contract(contract)], answer([], "make"))
    assert violation.requirement == "A-SHOULD"


def test_the_binding_level_is_judged_in_each_document_before_the_other() -> None:
    should = document("make", x_reference_schema={"type": "array"})
    must = document("make", schema={"type": "array"})
    catalogue = rows({"make": {"MUST": "A-MUST", "SHOULD": "A-SHOULD"}})
    contracts = [Contract(should), Contract(must)]

    (violation,) = mismatches(catalogue, contracts, answer({}, "make"))

    assert violation.requirement == "A-MUST"
    assert list(mismatches(catalogue, contracts, answer([], "make"))) == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (lambda text: text.replace("upl_1", "upl_\\ud800"), "half of a surrogate pair"),
        (lambda text: text.replace('"data":', '"data": null, "data":'), "is given twice"),
        (lambda text: text[:-1] + ', "more": 1e400}', "too large"),
        (lambda text: text[:-1] + ', "more": ' + "[" * 200 + "]" * 200 + "}", "deep"),
    ],
)
def test_json_that_a_client_cannot_rely_on_breaks_the_schema_of_the_page(
    changed: Callable[[str], str], reason: str
) -> None:
    body = changed(json.dumps(CREATED)).encode()
    request = Request("POST", "http://localhost/media")
    exchange = Exchange(request, Response(200, (), body, 0.01), operation="create_upload")

    [violation] = found(exchange)

    assert violation.requirement == "FH-CREATE-SCHEMA"
    assert reason in violation.actual


def test_a_refusal_that_a_client_cannot_rely_on_breaks_the_schema_of_the_reference() -> None:
    body = b'{"success": false, "message": "\\ud800"}'
    request = Request("POST", "http://localhost/media")
    exchange = Exchange(request, Response(400, (), body, 0.01), operation="create_upload")

    assert broken(exchange) == ["FH-CREATE-SCHEMA-REF"]
