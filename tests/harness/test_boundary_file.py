"""The file of boundaries fits the documents: regenerate it when a parameter or a body changes."""

from __future__ import annotations

import json

import pytest

from conformance.harness.boundaries import file_of
from conformance.harness.boundary_file import PROBED, digest, text_of


@pytest.mark.parametrize("profile", PROBED)
def test_the_file_was_written_for_these_documents(profile: str) -> None:
    content = json.loads(file_of(profile).read_text(encoding="utf-8"))

    command = "run python -m conformance.harness.boundary_file"
    assert content["digest"] == digest(profile), command
    assert tuple(content["operations"]) == PROBED[profile]


@pytest.mark.parametrize("profile", PROBED)
def test_a_file_is_written_as_it_is_read(profile: str) -> None:
    text = file_of(profile).read_text(encoding="utf-8")

    assert text_of(json.loads(text)) == text
