"""The specs are whole: valid OpenAPI, fitting examples, every statement accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml
from openapi_spec_validator import validate

from conformance.judge.contract import Contract, contracts_of
from conformance.model.profile import Profile, profile_names, specs_folder
from conformance.model.requirement import Level, Proof
from conformance.runner.collection import cases

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCUMENTS = sorted(specs_folder().glob("*/*.yaml"))
# The operations whose answers no document describes, and those that only a reference does.
WITHOUT_A_SHAPE = {"feedhive": {"list_posts"}, "hayon": {"create_post", "update_post"}}
BY_REFERENCE = {
    "feedhive": {"create_post", "get_post", "update_post", "delete_post"},
    "hayon": set[str](),
}
CAPABILITIES = {"other-token", "s3-access", "storage-gate", "wait", "posts"}

each_profile = pytest.mark.parametrize("name", profile_names())
each_document = pytest.mark.parametrize(
    "path", DOCUMENTS, ids=[f"{path.parent.name}-{path.stem}" for path in DOCUMENTS]
)


def loaded(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in document["paths"].values():
        yield from (part for part in item.values() if isinstance(part, dict))


def resolved(document: dict[str, Any], node: Any) -> Any:
    while isinstance(node, dict) and "$ref" in node:
        found: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def examples(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Any]]:
    """Yield each schema that stands beside examples, with each of them."""
    stack: list[Any] = [document]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack += node
        if not isinstance(node, dict):
            continue
        stack += node.values()
        for key in ("schema", "x-reference-schema"):
            for example in (node.get("examples") or {}).values() if key in node else ():
                yield node[key], resolved(document, example)["value"]
            if key in node and "example" in node:
                yield node[key], node["example"]
        if "type" in node and "example" in node:
            yield node, node["example"]


@each_document
def test_each_document_is_valid_openapi(path: Path) -> None:
    document = loaded(path)

    validate(document)

    assert document["openapi"].startswith("3.1")


@each_document
def test_each_example_fits_its_schema_formats_included(path: Path) -> None:
    document = loaded(path)
    validator = Contract(document).validator

    found = list(examples(document))

    assert found
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    assert {"date-time", "uri"} <= set(checker.checkers)
    for schema, example in found:
        validator(schema).evolve(format_checker=checker).validate(example)


def test_a_wrong_example_would_be_noticed() -> None:
    document = loaded(specs_folder() / "feedhive" / "openapi.yaml")
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    schema = {"type": "string", "format": "date-time"}

    validator = Contract(document).validator(schema).evolve(format_checker=checker)

    assert not validator.is_valid("yesterday")


@each_document
def test_each_operation_has_an_id_security_and_a_refusal(path: Path) -> None:
    document = loaded(path)

    for operation in operations(document):
        assert operation["operationId"]
        assert operation.get("security") or document.get("security")
        assert any(status.startswith(("4", "default")) for status in operation["responses"])


def test_links_tell_the_lifecycle() -> None:
    document = loaded(specs_folder() / "feedhive" / "openapi.yaml")

    links = {
        (operation["operationId"], resolved(document, link)["operationId"])
        for operation in operations(document)
        for response in operation["responses"].values()
        for link in resolved(document, response).get("links", {}).values()
    }

    assert {
        ("create_upload", "complete_upload"),
        ("complete_upload", "get_media"),
        ("complete_upload", "delete_media"),
        ("list_media", "get_media"),
    } <= links


@each_profile
def test_each_statement_is_a_requirement_or_has_its_reason(name: str) -> None:
    profile = Profile.load(name)

    for statement in profile.statements:
        where = f"{statement.section} {statement.ordinal}"
        assert bool(statement.requirements) != bool(statement.reason), where
        assert all(row in profile.catalogue for row in statement.requirements), where


@each_profile
def test_statements_are_numbered_without_a_gap(name: str) -> None:
    numbers: dict[tuple[str, str], list[int]] = {}
    for statement in Profile.load(name).statements:
        numbers.setdefault((statement.document, statement.section), []).append(statement.ordinal)

    for section, found in numbers.items():
        assert found == list(range(1, len(found) + 1)), section


@each_profile
def test_each_must_comes_from_a_statement(name: str) -> None:
    profile = Profile.load(name)
    mapped = {row for statement in profile.statements for row in statement.requirements}

    binding = {row.id for row in profile.catalogue if row.level is Level.MUST}

    assert binding <= mapped


@each_profile
def test_each_requirement_is_proven_by_a_case_or_says_why_none_can(name: str) -> None:
    profile = Profile.load(name)
    proven = {requirement for requirement, _ in cases(profile)}

    for row in profile.catalogue:
        assert (row.id in proven) == row.has_cases, row.id
        assert bool(row.reason) == (row.proof is not Proof.CASE), row.id


@each_profile
def test_requirements_need_known_capabilities_and_known_operations(name: str) -> None:
    profile = Profile.load(name)
    known = {operation for contract in contracts_of(name) for operation in contract.operations}

    for row in profile.catalogue:
        assert set(row.needs) <= CAPABILITIES, row.id
        assert row.operation in {*known, "put_object", "get_public_object"}, row.id


@each_profile
def test_each_operation_has_the_schema_rows_of_its_documents(name: str) -> None:
    profile = Profile.load(name)
    known = {operation for contract in contracts_of(name) for operation in contract.operations}

    assert set(profile.catalogue.schemas) == known - WITHOUT_A_SHAPE[name]
    for operation, rows in profile.catalogue.schemas.items():
        stated = set(Level) if operation not in BY_REFERENCE[name] else {Level.SHOULD}
        assert set(rows) == stated, operation
        assert all(profile.catalogue[row].level is level for level, row in rows.items())
