"""The catalogue of requirements, and how a row that does not fit is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.model.requirement import (
    Catalogue,
    Level,
    Proof,
    Requirement,
    Source,
    capability_flag,
    load_statements,
)
from conformance.problem import KitFault, UsageProblem

if TYPE_CHECKING:
    from pathlib import Path

ROW = """
[[requirement]]
id = "A-01"
level = "MUST"
title = "A title"
statement = "A statement."
operation = "create"
needs = ["wait", "s3-access"]
source = { document = "A page", section = "Its first part" }
"""
HEAD = 'document = "A page"\nversion = "1.0.0"\n'


def row(requirement_id: str, level: Level = Level.MUST) -> Requirement:
    source = Source("A page", "Its first part")
    return Requirement(requirement_id, level, "A title", "A statement.", "create", source)


def written(folder: Path, text: str) -> Path:
    path = folder / "requirements.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_second_row_with_one_id_is_refused() -> None:
    rows = [row("A-01"), row("A-02"), row("A-01", Level.SHOULD)]

    with pytest.raises(KitFault, match="A-01 is defined twice"):
        Catalogue("A page", "1.0.0", rows)


def test_an_anchor_that_is_no_row_is_refused_by_its_name() -> None:
    rows = [row("A-01")]

    with pytest.raises(KitFault, match=r"unknown rows: A-08, A-09$"):
        Catalogue("A page", "1.0.0", rows, anchors=["A-09", "A-01", "A-08"])


def test_a_schema_row_that_is_no_row_is_refused_by_its_name() -> None:
    schemas = {"create": {"MUST": "A-01", "SHOULD": "A-REF"}}

    with pytest.raises(KitFault, match=r"unknown rows: A-REF$"):
        Catalogue("A page", "1.0.0", [row("A-01")], schemas=schemas)


def test_rows_keep_the_order_of_the_file() -> None:
    ids = ["B-02", "A-01", "C-03"]

    catalogue = Catalogue("A page", "1.0.0", map(row, ids))

    assert [found.id for found in catalogue] == ids
    assert len(catalogue) == 3


def test_an_unknown_id_is_refused_and_the_listing_named() -> None:
    catalogue = Catalogue("A page", "1.0.0", [row("A-01")])

    with pytest.raises(UsageProblem, match="no requirement 'A-1': `conformance list"):
        _ = catalogue["A-1"]

    assert "A-1" not in catalogue
    assert "A-01" in catalogue
    assert catalogue["A-01"].id == "A-01"


def test_a_row_of_the_file_is_read_whole(tmp_path: Path) -> None:
    schemas = '[schemas]\ncreate = { MUST = "A-01" }\n'
    path = written(tmp_path, HEAD + 'anchors = ["A-01"]\n' + schemas + ROW)

    catalogue = Catalogue.load(path)

    found = catalogue["A-01"]
    assert (found.level, found.proof) == (Level.MUST, Proof.CASE)
    assert found.needs == ("wait", "s3-access")
    assert str(found.source) == "Its first part (A page)"
    assert catalogue.anchors == ("A-01",)
    assert catalogue.schemas == {"create": {Level.MUST: "A-01"}}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (HEAD + ROW.replace("MUST", "MAY"), "'MAY' is not a valid Level"),
        (HEAD + ROW.replace('level = "MUST"\n', ""), "'level'"),
        (HEAD + ROW.replace('title = "A title"\n', ""), "'title'"),
        (HEAD + ROW.replace("title", "tittle"), "'tittle'"),
        (HEAD + ROW.replace("section", "clause"), "'clause'"),
        (HEAD + ROW + 'proof = "hearsay"\n', "'hearsay' is not a valid Proof"),
        (HEAD + '[schemas]\ncreate = { MAY = "A-01" }\n' + ROW, "'MAY' is not a valid Level"),
        (ROW, "'document'"),
        (HEAD, "'requirement'"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_its_fault(
    tmp_path: Path, text: str, fault: str
) -> None:
    path = written(tmp_path, text)

    with pytest.raises(KitFault) as refused:
        Catalogue.load(path)

    assert str(refused.value).startswith(f"requirements.toml of {tmp_path.name} does not fit:")
    assert fault in str(refused.value)


def test_a_doubled_id_in_the_file_keeps_its_own_words(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + ROW + ROW)

    with pytest.raises(KitFault, match=r"^requirement A-01 is defined twice"):
        Catalogue.load(path)


@pytest.mark.parametrize(
    ("capability", "flag"),
    [
        ("other-token", "--other-token"),
        ("s3-access", "--s3-bucket"),
        ("wait", "--max-wait"),
        ("posts", "--capability posts"),
    ],
)
def test_a_capability_names_the_flag_that_gives_it(capability: str, flag: str) -> None:
    assert flag in capability_flag(capability)


def test_statements_are_read_with_their_rows_or_their_reason(tmp_path: Path) -> None:
    common = '[[statement]]\ndocument = "A page"\nsection = "One"\n'
    path = tmp_path / "statements.toml"
    path.write_text(
        f'{common}ordinal = 1\nlabel = "a row"\nrequirements = ["A-01", "A-02"]\n'
        f'{common}ordinal = 2\nlabel = "an overview"\nreason = "It promises nothing."\n'
    )

    first, second = load_statements(path)

    assert (first.ordinal, first.requirements, first.reason) == (1, ("A-01", "A-02"), "")
    assert (second.requirements, second.reason) == ((), "It promises nothing.")
