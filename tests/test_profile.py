"""Profiles: how they are found, and which row a departure from a schema breaks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.contract import Contract
from conformance.exchange import Exchange, Request, Response
from conformance.problem import UsageProblem
from conformance.profile import Profile, profile_names, specs_folder
from conformance.requirement import Catalogue, Level, Requirement, Source

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


def broken(profile: Profile, exchange: Exchange) -> list[str | None]:
    return [violation.requirement for violation in profile.mismatches(exchange)]


def without(member: str) -> dict[str, Any]:
    data = {name: value for name, value in CREATED["data"].items() if name != member}
    return {"success": True, "data": data}


def made(schemas: dict[str, dict[str, str]], *documents: dict[str, Any]) -> Profile:
    """Return a profile of our own whose rows are A-MUST and A-SHOULD."""
    source = Source("A page", "One")
    rows = [
        Requirement(f"A-{level}", level, "t", "s", "make", source)
        for level in (Level.MUST, Level.SHOULD)
    ]
    catalogue = Catalogue("A page", "1.0.0", rows, schemas=schemas)
    return Profile("made", catalogue, tuple(map(Contract, documents)), ())


def document(operation: str, **schemas: dict[str, Any]) -> dict[str, Any]:
    content = {name.replace("_", "-"): schema for name, schema in schemas.items()}
    response = {"content": {"application/json": content}}
    return {"paths": {"/x": {"post": {"operationId": operation, "responses": {"200": response}}}}}


def test_profiles_are_the_folders_with_a_catalogue() -> None:
    assert profile_names() == ["feedhive", "hayon"]
    assert all((specs_folder() / name / "statements.toml").is_file() for name in profile_names())


@pytest.mark.parametrize("name", ["feedhiv", "", "FEEDHIVE", "../feedhive", "*"])
def test_an_unknown_profile_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        Profile.load(name)

    known = f"unknown profile {name!r}: choose one of feedhive, hayon"
    near = "; did you mean feedhive?" if "feedhiv" in name.lower() else ""
    assert str(refused.value) == known + near


@pytest.mark.parametrize("name", ["feedhive", "hayon"])
def test_each_schema_row_speaks_of_an_operation_of_the_contracts(name: str) -> None:
    profile = Profile.load(name)

    known = {operation for contract in profile.contracts for operation in contract.operations}

    assert profile.catalogue.schemas
    assert set(profile.catalogue.schemas) <= known


def test_hayon_reads_each_document_of_its_folder() -> None:
    profile = Profile.load("hayon")

    operations = [set(contract.operations) for contract in profile.contracts]

    assert operations == [{"create_media_upload"}, {"create_post", "update_post"}]


@pytest.mark.parametrize("name", ["feedhive", "hayon"])
def test_the_api_of_a_profile_has_a_method_for_each_operation(name: str) -> None:
    profile = Profile.load(name)
    api = profile.module("api").Api

    operations = [each for contract in profile.contracts for each in contract.operations]

    assert operations
    assert [each for each in operations if not callable(getattr(api, each, None))] == []


def test_a_module_that_a_profile_lacks_is_an_error() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"conformance\.profiles\.feedhive\.nothing"):
        Profile.load("feedhive").module("nothing")


@pytest.mark.parametrize("member", ["upload_id", "upload_url", "expires_at"])
def test_a_missing_member_breaks_the_binding_row_and_no_other(member: str) -> None:
    profile = Profile.load("feedhive")

    assert broken(profile, answer(without(member))) == ["FH-CREATE-SCHEMA"]
    assert broken(profile, answer(CREATED)) == []


def test_what_only_the_reference_states_breaks_its_row() -> None:
    empty = {**CREATED, "data": {**without("upload_id")["data"], "upload_id": ""}}

    found = list(Profile.load("feedhive").mismatches(answer(empty)))

    assert [violation.requirement for violation in found] == ["FH-CREATE-SCHEMA-REF"]
    assert "data.upload_id" in found[0].expected


def test_each_operation_breaks_its_own_row() -> None:
    profile = Profile.load("feedhive")

    rows = {
        operation: broken(profile, answer({}, operation))
        for operation in ("complete_upload", "list_media", "get_media", "delete_media")
    }

    assert rows == {
        "complete_upload": ["FH-COMPLETE-SCHEMA"],
        "list_media": ["FH-LIST-SCHEMA"],
        "get_media": ["FH-GET-SCHEMA"],
        "delete_media": ["FH-DELETE-SCHEMA"],
    }


@pytest.mark.parametrize("operation", [None, "put_object", "unknown"])
def test_an_answer_without_a_schema_row_breaks_nothing(operation: str | None) -> None:
    assert broken(Profile.load("feedhive"), answer({}, operation)) == []


def test_a_level_without_a_row_is_not_judged() -> None:
    contract = document("make", schema={"type": "array"}, x_reference_schema={"minItems": 1})
    profile = made({"make": {"SHOULD": "A-SHOULD"}}, contract)

    assert broken(profile, answer({}, "make")) == []
    assert broken(profile, answer([], "make")) == ["A-SHOULD"]


def test_the_binding_level_is_judged_in_each_document_before_the_other() -> None:
    should = document("make", x_reference_schema={"type": "array"})
    must = document("make", schema={"type": "array"})
    profile = made({"make": {"MUST": "A-MUST", "SHOULD": "A-SHOULD"}}, should, must)

    assert broken(profile, answer({}, "make")) == ["A-MUST"]
    assert broken(profile, answer([], "make")) == []
