"""The OpenAPI documents: valid, with examples that fit, and an overlay that leaves the page."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from conformance.judge.contract import contracts_of
from conformance.model.overlay import overlaid
from conformance.model.profile import profile_names, specs_folder
from conformance.model.requirement import Level
from conformance.model.specification import Specification
from conformance.problem import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

METHODS = {"get", "put", "post", "delete", "patch"}
DOCUMENTS = {
    f"{name}-{part}": getattr(Specification.load(name), part)
    for name in profile_names()
    for part in ("document", "page")
}

each_profile = pytest.mark.parametrize("name", profile_names())
each_document = pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield each object of a document."""
    if isinstance(tree, dict):
        yield tree
    for part in tree.values() if isinstance(tree, dict) else tree:
        if isinstance(part, dict | list):
            yield from nodes(part)


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        part["operationId"]: {**part, "parameters": item.get("parameters", []) + own(part)}
        for item in document["paths"].values()
        for method, part in item.items()
        if method in METHODS
    }


def own(operation: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = operation.get("parameters", [])
    return found


def resolved(document: dict[str, Any], node: Any) -> Any:
    while isinstance(node, dict) and "$ref" in node:
        found: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def links(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each link with the operation from which it leads."""
    for name, operation in operations(document).items():
        for response in operation["responses"].values():
            for link in resolved(document, response).get("links", {}).values():
                yield name, resolved(document, link)


def examples(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Any]]:
    """Yield each schema that has examples beside it, with each of them."""
    for node in nodes(document):
        schema = node.get("schema")
        for example in (node.get("examples") or {}).values() if schema else ():
            yield node["schema"], resolved(document, example)["value"]
        if schema and "example" in node:
            yield schema, node["example"]


def fits(document: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    whole = {**schema, "components": document["components"]}
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(whole, format_checker=checker).validate(value)


@each_document
def test_each_document_is_valid_openapi(document: dict[str, Any]) -> None:
    validate(document)

    assert document["openapi"].startswith("3.1")


@each_document
def test_each_example_fits_its_schema_formats_included(document: dict[str, Any]) -> None:
    found = list(examples(document))

    assert len(found) > 4
    for schema, example in found:
        fits(document, schema, example)


@pytest.mark.parametrize("schema", [{"format": "date-time"}, {"format": "uri"}, {"const": "now"}])
def test_a_wrong_example_would_be_noticed(schema: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        fits(Specification.load("feedhive").document, schema, "yester day")


@each_document
def test_each_operation_says_who_may_call_it_and_what_it_answers(document: dict[str, Any]) -> None:
    for operation in operations(document).values():
        assert operation.get("security") or document["security"]
        assert operation["summary"]
        assert operation["description"]
        assert {status[0] for status in operation["responses"]} >= {"2", "4", "5"}


@each_document
def test_each_link_fits_the_operation_that_it_leads_to(document: dict[str, Any]) -> None:
    known = operations(document)

    for _, link in links(document):
        target = known[link["operationId"]]
        names = {resolved(document, one)["name"] for one in target["parameters"]}
        assert set(link.get("parameters", {})) <= names
        assert "requestBody" in target or "requestBody" not in link


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (
            "feedhive",
            {
                ("create_upload", "complete_upload"),
                ("complete_upload", "get_media"),
                ("complete_upload", "delete_media"),
                ("complete_upload", "list_media"),
                ("complete_upload", "create_post"),
                ("list_media", "get_media"),
                ("list_media", "list_media"),
                ("get_media", "delete_media"),
                ("delete_media", "get_media"),
                ("create_post", "get_post"),
            },
        ),
        (
            "hayon",
            {
                ("create_media_upload", "create_post"),
                ("create_media_upload", "create_media_upload"),
            },
        ),
    ],
)
def test_links_tell_the_lifecycle(name: str, wanted: set[tuple[str, str]]) -> None:
    found = {
        (source, link["operationId"]) for source, link in links(Specification.load(name).document)
    }

    assert wanted <= found


@each_document
def test_each_component_is_used(document: dict[str, Any]) -> None:
    used = {node["$ref"] for node in nodes(document) if "$ref" in node}

    for kind, components in document["components"].items():
        for name in components if kind != "securitySchemes" else ():
            assert f"#/components/{kind}/{name}" in used


@each_document
def test_no_extension_holds_what_tools_must_read(document: dict[str, Any]) -> None:
    extensions = {name for node in nodes(document) for name in node if name.startswith("x-")}

    assert extensions == {"x-promises"}


@each_profile
def test_each_action_of_an_overlay_is_well_formed_and_changes_the_document(name: str) -> None:
    specification = Specification.load(name)
    overlay = specification.overlay

    assert overlay["overlay"] == "1.0.0"
    assert {"title", "version"} <= set(overlay["info"])
    assert (specs_folder() / name / overlay["extends"]).is_file()
    document = specification.document
    for action in overlay["actions"]:
        assert {"target"} < set(action) <= {"target", "description", "update", "remove"}
        assert ("update" in action) != (action.get("remove") is True)
        before, document = document, overlaid(document, {"actions": [action]})
        assert document != before, action["target"]
    assert document == specification.page


@each_profile
def test_whatever_fits_the_whole_document_fits_the_page(name: str) -> None:
    [contract] = contracts_of(name)
    page, whole = (contract.documents[level] for level in (Level.MUST, Level.SHOULD))

    for operation in page.operations.values():
        for status, response in whole.operations[operation.id].responses.items():
            schema = page.schema(operation.responses[status])
            for example in whole.media(response)["examples"].values():
                assert schema is not None
                assert page.validator(schema).is_valid(whole.resolved(example)["value"])


def test_the_page_of_feedhive_states_little_about_media() -> None:
    specification = Specification.load("feedhive")

    whole, page = (
        part["components"]["schemas"]["Media"]
        for part in (specification.document, specification.page)
    )

    assert set(whole["properties"]) - set(page["properties"]) == {
        "mime_type",
        "media_url",
        "thumbnail_url",
        "created_at",
    }
    assert page["required"] == ["id"]


def test_an_exact_message_is_a_const() -> None:
    schemas = Specification.load("hayon").page["components"]["schemas"]

    assert schemas["Upload"]["properties"]["message"]["const"] == "Upload URL generated"
    exact, _ = schemas["InvalidMediaType"]["properties"]["message"]["anyOf"]
    assert exact["const"] == "Invalid media type"


def test_the_overlay_leaves_the_document_as_it_is() -> None:
    specification = Specification.load("hayon")
    before = deepcopy(specification.document)

    assert specification.page != before
    assert specification.document == before


def test_an_unknown_profile_has_no_specification() -> None:
    with pytest.raises(UsageProblem, match="did you mean hayon"):
        Specification.load("hayn")
