"""Schemathesis works on its own copy of a document: it writes into the links."""

from __future__ import annotations

from copy import deepcopy

import pytest

from conformance.harness.generation import loaded
from conformance.model.profile import profile_names


@pytest.mark.parametrize("profile", profile_names())
def test_a_document_stays_as_it_is_when_its_links_are_followed(profile: str) -> None:
    before = [deepcopy(contract.document) for contract, _ in loaded(profile)]

    for _, schema in loaded(profile):
        schema.as_state_machine()

    assert [contract.document for contract, _ in loaded(profile)] == before
