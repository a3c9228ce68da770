"""Profiles: how they are found, and that their parts fit together."""

from __future__ import annotations

import pytest

from conformance.judge.contract import contracts_of
from conformance.model.profile import Profile, profile_names, specs_folder
from conformance.model.requirement import Level
from conformance.problem import UsageProblem


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

    known = {
        operation for contract in contracts_of(profile.name) for operation in contract.operations
    }

    assert profile.catalogue.schemas
    assert set(profile.catalogue.schemas) <= known


def test_a_contract_has_every_operation_and_its_page_only_those_that_the_page_describes() -> None:
    [contract] = contracts_of("hayon")

    assert set(contract.operations) == {"create_media_upload", "create_post", "update_post"}
    assert set(contract.documents[Level.MUST].operations) == {"create_media_upload"}


@pytest.mark.parametrize("name", ["feedhive", "hayon"])
def test_the_api_of_a_profile_has_a_method_for_each_operation(name: str) -> None:
    profile = Profile.load(name)
    api = profile.module("api").Api

    operations = [each for contract in contracts_of(profile.name) for each in contract.operations]

    assert operations
    assert [each for each in operations if not callable(getattr(api, each, None))] == []


def test_a_module_that_a_profile_lacks_is_an_error() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"conformance\.profiles\.feedhive\.nothing"):
        Profile.load("feedhive").module("nothing")
