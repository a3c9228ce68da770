"""An answer held against its operation: what departs from it is named."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from conformance.judge.contract import Contract
from conformance.model.exchange import Exchange, Request, Response
from conformance.model.overlay import overlaid
from conformance.model.requirement import Level
from conformance.problem import KitFault

DOCUMENT = """
openapi: 3.1.0
paths:
  /things/{id}:
    parameters: [{name: id, in: path}]
    x-note: {operation: none}
    get:
      operationId: get_thing
      responses:
        "200": {$ref: "#/components/responses/a~1thing"}
        4XX:
          content:
            application/json:
              schema: {type: object, required: [message]}
    delete:
      operationId: delete_thing
      responses:
        "204": {description: gone}
        default:
          content: {application/json: {schema: {type: object, required: [message]}}}
    put:
      operationId: put_thing
      responses:
        "200": {$ref: "#/openapi"}
components:
  responses:
    a/thing:
      content:
        application/json:
          schema: {$ref: "#/components/schemas/Thing"}
  schemas:
    Thing:
      type: object
      required: [success, data]
      properties:
        success: {const: true}
        data:
          type: object
          required: [id, kind]
          properties:
            id: {type: string, minLength: 1}
            kind: {enum: [image, video]}
            made_at: {type: string, format: date-time}
"""
# What only the further reference states, and a schema of refusals that no page has.
OVERLAY = """
actions:
  - target: $.components.schemas.Thing.properties.data.properties.id.minLength
    remove: true
  - target: $.paths['/things/{id}'].delete.responses.default.content
    remove: true
  - target: $.paths['/things/{id}'].get.responses['4XX'].content['application/json'].schema
    update: {required: [never]}
"""
JSON = (("Content-Type", "application/json"),)
THING: dict[str, Any] = {"success": True, "data": {"id": "7", "kind": "image"}}


@pytest.fixture(scope="module")
def contract() -> Contract:
    document = yaml.safe_load(DOCUMENT)
    return Contract(document, overlaid(document, yaml.safe_load(OVERLAY)))


def answer(body: Any, status: int = 200, operation: str | None = "get_thing") -> Exchange:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = Request("GET", "http://localhost/things/7")
    return Exchange(request, Response(status, JSON, content, 0.01), operation=operation)


def changed(**data: Any) -> dict[str, Any]:
    return {"success": True, "data": {**THING["data"], **data}}


@pytest.mark.parametrize(
    ("path", "judged"),
    [("/things/..", False), ("/things/%2E.", False), ("/things/./a", False), ("/things/a..", True)],
)
def test_an_answer_to_a_path_with_dot_segments_may_be_that_of_another_path(
    path: str, *, judged: bool
) -> None:
    contract = Contract(yaml.safe_load(DOCUMENT))
    headers = (("Content-Type", "application/json"),)
    response = Response(200, headers, b'{"status": "ok"}', 0.0)
    exchange = Exchange(Request("GET", f"http://h{path}"), response, operation="get_thing")

    assert (contract.mismatch(exchange, Level.MUST) is not None) is judged


@pytest.mark.parametrize(
    ("body", "expected", "actual"),
    [
        ({}, "the body to have `success`, `data`", "it has no members"),
        ({"success": True}, "the body to have `data`", "it has only `success`"),
        ({**THING, "data": {"id": "7"}}, "data to have `kind`", "it has only `id`"),
        ({**THING, "success": False}, "success to be true", "it is false"),
        ({**THING, "success": 1}, "success to be true", "it is 1"),
        (changed(id=7), "data.id to be of type string", "it is 7"),
        (changed(kind="film"), "data.kind to be one of image, video", 'it is "film"'),
        ([], "the body to be of type object", "it is []"),
        (None, "the body to be of type object", "it is null"),
        (b"<html>", "a JSON body", "the answer is 200 <html>"),
        (b"", "a JSON body", "the answer is 200"),
    ],
)
def test_a_body_that_departs_from_the_page_is_named(
    contract: Contract, body: Any, expected: str, actual: str
) -> None:
    exchange = answer(body)

    violation = contract.mismatch(exchange, Level.MUST)

    assert violation is not None
    assert (violation.expected, violation.actual) == (expected, actual)
    assert violation.exchange is exchange


@pytest.mark.parametrize("level", list(Level))
def test_a_body_that_fits_is_no_mismatch(contract: Contract, level: Level) -> None:
    assert contract.mismatch(answer({**THING, "more": [1]}), level) is None


def test_what_only_the_reference_states_breaks_only_a_should(contract: Contract) -> None:
    exchange = answer(changed(id=""))

    should = contract.mismatch(exchange, Level.SHOULD)

    assert contract.mismatch(exchange, Level.MUST) is None
    assert should is not None
    assert should.expected == "data.id to satisfy minLength: 1"


@pytest.mark.parametrize(("operation", "status"), [("get_thing", 202), ("put_thing", 404)])
def test_an_undocumented_status_breaks_only_a_should(
    contract: Contract, operation: str, status: int
) -> None:
    exchange = answer(THING, status, operation)

    should = contract.mismatch(exchange, Level.SHOULD)

    assert contract.mismatch(exchange, Level.MUST) is None
    assert should is not None
    assert f"{operation} to answer with a documented status (200" in should.expected
    assert f"it answered {status}" in should.actual


@pytest.mark.parametrize(
    ("operation", "status"), [("get_thing", 404), ("get_thing", 499), ("delete_thing", 400)]
)
def test_a_json_refusal_is_held_against_the_reference_alone(
    contract: Contract, operation: str, status: int
) -> None:
    exchange = answer({"error": "x"}, status, operation)

    should = contract.mismatch(exchange, Level.SHOULD)

    assert contract.mismatch(exchange, Level.MUST) is None
    assert should is not None
    assert should.expected == "the body to have `message`"


@pytest.mark.parametrize(
    ("body", "status"), [(b"Not Found", 404), (b"", 404), (b'{"error": "x"}', 500), (b"", 302)]
)
def test_a_plain_refusal_and_a_server_error_are_left_to_others(
    contract: Contract, body: bytes, status: int
) -> None:
    exchange = labelled("text/plain", status, body)

    assert [contract.mismatch(exchange, level) for level in Level] == [None, None]


@pytest.mark.parametrize("body", [b"", b"Not Found", b'{"success": fal', b"null", b"[1]"])
def test_a_refusal_that_claims_to_be_json_is_a_json_object(contract: Contract, body: bytes) -> None:
    exchange = labelled("application/json", 404, body)

    assert contract.mismatch(exchange, Level.MUST) is None
    assert contract.mismatch(exchange, Level.SHOULD) is not None


def test_a_success_has_its_body_under_each_status(contract: Contract) -> None:
    empty = answer(b"", 204)

    violation = contract.mismatch(empty, Level.MUST)

    assert violation is not None
    assert violation.expected == "a JSON body"


@pytest.mark.parametrize("operation", [None, "list_things"])
def test_an_answer_to_no_operation_is_not_judged(contract: Contract, operation: str | None) -> None:
    assert contract.mismatch(answer({}, operation=operation), Level.MUST) is None


def test_no_answer_is_not_judged(contract: Contract) -> None:
    request = Request("GET", "http://localhost/things/7")

    assert (
        contract.mismatch(Exchange(request, error="x", operation="get_thing"), Level.MUST) is None
    )


def test_a_response_without_a_schema_takes_any_body(contract: Contract) -> None:
    exchange = answer(b"", 204, "delete_thing")

    assert [contract.mismatch(exchange, level) for level in Level] == [None, None]


def test_a_long_value_is_cut_when_it_is_shown(contract: Contract) -> None:
    violation = contract.mismatch(answer(changed(kind="x" * 1_000)), Level.MUST)

    assert violation is not None
    assert len(violation.actual) < 140
    assert violation.actual.endswith("…")


def test_the_validator_leaves_formats_alone_and_follows_references(contract: Contract) -> None:
    validator = contract.documents[Level.MUST].validator({"$ref": "#/components/schemas/Thing"})

    assert validator.is_valid(changed(made_at="yesterday"))
    assert not validator.is_valid(changed(made_at=3))


def test_a_reference_to_no_object_is_a_fault_of_the_kit(contract: Contract) -> None:
    with pytest.raises(KitFault, match="#/openapi of the OpenAPI document is not an object"):
        contract.mismatch(answer(THING, operation="put_thing"), Level.MUST)


def test_only_operations_are_indexed_by_their_id() -> None:
    operations = Contract(yaml.safe_load(DOCUMENT)).operations

    found = {name: (operation.method, operation.path) for name, operation in operations.items()}

    assert found == {
        "get_thing": ("GET", "/things/{id}"),
        "delete_thing": ("DELETE", "/things/{id}"),
        "put_thing": ("PUT", "/things/{id}"),
    }


def test_a_success_status_that_says_no_is_held_to_no_success_body(contract: Contract) -> None:
    refusal = answer({"success": False, "message": "No such thing"})

    assert contract.mismatch(refusal, Level.MUST) is None
    assert contract.mismatch(refusal, Level.SHOULD) is None


@pytest.mark.parametrize("moment", ["2031-02-30T00:00:00Z", "yesterday", "", "2031-05-04"])
def test_a_date_time_that_cannot_be_read_is_a_mismatch(contract: Contract, moment: str) -> None:
    violation = contract.mismatch(answer(changed(made_at=moment)), Level.MUST)

    assert violation is not None
    assert violation.expected == "`data.made_at` to be an ISO 8601 date-time"


@pytest.mark.parametrize(
    "label",
    [
        "application/json",
        "application/json; charset=UTF-8",
        "Application/JSON",
        "application/problem+json",
        "application/vnd.api+json;charset=utf-8",
        "text/json",
    ],
)
def test_json_may_have_each_label_of_json(contract: Contract, label: str) -> None:
    assert [contract.mismatch(labelled(label), level) for level in Level] == [None, None]


@pytest.mark.parametrize("label", [None, "", "text/html", "application/jsonx", "text/plain; json"])
@pytest.mark.parametrize("status", [200, 404])
def test_json_with_another_label_breaks_only_a_should(
    contract: Contract, label: str | None, status: int
) -> None:
    exchange = labelled(label, status=status)

    should = contract.mismatch(exchange, Level.SHOULD)

    assert contract.mismatch(exchange, Level.MUST) is None
    assert should is not None
    assert should.expected == "a JSON answer to have the Content-Type of JSON"


def test_a_byte_order_mark_breaks_only_a_should(contract: Contract) -> None:
    exchange = answer(b"\xef\xbb\xbf" + json.dumps(THING).encode())

    should = contract.mismatch(exchange, Level.SHOULD)

    assert contract.mismatch(exchange, Level.MUST) is None
    assert should is not None
    assert "byte order mark" in should.expected


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_json_in_another_encoding_is_a_mismatch(contract: Contract, encoding: str) -> None:
    violation = contract.mismatch(answer(json.dumps(THING).encode(encoding)), Level.MUST)

    assert violation is not None
    assert "it is not UTF-8" in violation.actual


def labelled(label: str | None, status: int = 200, body: bytes | None = None) -> Exchange:
    headers = () if label is None else (("Content-Type", label),)
    written = json.dumps(THING if status == 200 else {"message": "No such thing"}).encode()
    response = Response(status, headers, written if body is None else body, 0.01)
    return Exchange(Request("GET", "http://localhost/things/7"), response, operation="get_thing")
