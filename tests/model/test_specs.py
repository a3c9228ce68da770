"""The specs are whole: each statement has its requirement, each requirement its proof."""

from __future__ import annotations

import pytest

from conformance.judge.contract import contracts_of
from conformance.model.profile import Profile, profile_names
from conformance.model.requirement import Level, Proof
from conformance.runner.collection import cases

# The operations whose answers no document describes, and those that only a reference does.
WITHOUT_A_SHAPE = {"feedhive": {"list_posts"}, "hayon": {"create_post", "update_post"}}
BY_REFERENCE = {
    "feedhive": {"create_post", "get_post", "update_post", "delete_post"},
    "hayon": set[str](),
}
CAPABILITIES = {"other-token", "s3-access", "storage-gate", "wait", "posts"}

each_profile = pytest.mark.parametrize("name", profile_names())


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
