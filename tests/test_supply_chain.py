"""A bill that lacks a package, and an audit that did not look, never pass."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests import supply_chain
from tests.supply_chain import PROJECT, main, unharmed, whole_bill

if TYPE_CHECKING:
    from pathlib import Path


def bill(*left_out: str) -> dict[str, Any]:
    rows = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["reference"]]
    names = {PROJECT["name"], *(row.partition(">")[0].partition("[")[0] for row in rows)}
    components = [{"name": name.upper(), "version": "1"} for name in names - set(left_out)]
    return {"bomFormat": "CycloneDX", "components": components}


def test_a_whole_bill_passes_in_any_spelling_of_the_names() -> None:
    assert whole_bill(bill()).startswith("SBOM: ")


def test_a_bill_without_a_dependency_is_not_whole() -> None:
    with pytest.raises(SystemExit, match="lacks httpx"):
        whole_bill(bill("httpx"))


def row(name: str, *vulnerabilities: str, **more: str) -> dict[str, Any]:
    found = [{"id": one} for one in vulnerabilities]
    return {"name": name, "version": "1.2", "vulns": found, **more}


def test_an_audit_of_every_package_passes(tmp_path: Path) -> None:
    file = tmp_path / "audit.json"
    kit = row("media_conformance", skip_reason="not on PyPI")
    file.write_text(json.dumps({"dependencies": [kit, row("httpx"), row("attrs")]}))

    assert main("audit", file) == "vulnerabilities: 2 packages were looked up, and none has one"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([row("httpx"), row("attrs", "PYSEC-1")], "known vulnerabilities: attrs 1.2: PYSEC-1"),
        ([row("httpx", skip_reason="no answer"), row("attrs")], "1 of 2 packages could not be"),
        ([row("media-conformance")], "0 of 0 packages could not be looked up"),
    ],
    ids=["a vulnerability", "no answer for one", "nothing looked up"],
)
def test_an_audit_that_found_or_missed_something_fails(
    rows: list[dict[str, Any]], words: str
) -> None:
    with pytest.raises(SystemExit, match=words):
        unharmed({"dependencies": rows})


def test_it_knows_the_project() -> None:
    assert supply_chain.PROJECT["name"] == "media-conformance"
