"""`conformance spec`: the document that other tools read."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
import schemathesis
import yaml
from click.testing import CliRunner

from conformance.cli.spec import PARTS, spec
from conformance.model.profile import profile_names
from conformance.model.specification import Specification


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(spec, arguments, standalone_mode=False)
    assert result.exception is None
    return result.output


def part_of(name: str, part: str) -> dict[str, Any]:
    specification = Specification.load(name)
    found: dict[str, Any] = {
        "whole": specification.document,
        "page": specification.page,
        "overlay": specification.overlay,
    }[part]
    return found


@pytest.mark.parametrize("name", profile_names())
@pytest.mark.parametrize("part", PARTS)
def test_each_part_is_printed_in_both_formats(name: str, part: str) -> None:
    wanted = part_of(name, part)

    assert yaml.safe_load(printed(name, "--part", part)) == wanted
    assert json.loads(printed(name, "--part", part, "--format", "json")) == wanted


def test_the_whole_document_is_printed_as_yaml_by_default() -> None:
    text = printed("feedhive")

    assert text.startswith("openapi: 3.1.0\ninfo:\n")
    assert yaml.safe_load(text) == part_of("feedhive", "whole")


def test_yaml_has_blocks_and_no_anchors() -> None:
    text = printed("feedhive")

    assert "  description: |\n" in text
    assert "&id" not in text
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("name", profile_names())
def test_the_settings_of_schemathesis_name_operations_of_the_document(name: str) -> None:
    settings = tomllib.loads(printed(name, "--part", "schemathesis"))

    known = {
        operation["operationId"]
        for item in part_of(name, "whole")["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict)
    }
    told = [one["include-operation-id"] for one in settings["operations"]]
    assert {each for one in told for each in ([one] if isinstance(one, str) else one)} <= known
    schemathesis.Config.from_dict(settings)
