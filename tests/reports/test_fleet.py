"""The overview of a fleet: its document, its page and its table."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest

from conformance.model.profile import Profile, specs_folder
from conformance.problem import ExitCode, exit_code_of
from conformance.reports import fleet, fleet_page
from conformance.reports.fleet import Fleet, fleet_of, target_of
from conformance.reports.report import Report
from conformance.reports.terminal.console import Console
from conformance.reports.terminal.fleet import print_fleet

CATALOGUE = Profile.load("hayon").catalogue
IDS = [row.id for row in CATALOGUE]


def report(outcome: str, **changes: Any) -> Report:
    row = {"id": IDS[0], "outcome": outcome, "waiver": None, "level": "MUST", **changes}
    return Report(
        {
            "verdict": "nonconformant" if outcome == "failed" else "conformant",
            "reason": "",
            "target": {"base_url": "http://started"},
            "decision": {"why": ""},
            "counts": {outcome: 1},
            "requirements": [row],
        }
    )


def overview(*targets: dict[str, Any]) -> Fleet:
    started = "2026-01-01T00:00:00.000+00:00"
    return fleet_of("hayon", CATALOGUE, targets, started=started, duration_s=1.0)


MIXED = overview(
    target_of("eu-1", "http://eu-1", 0, "", report("passed")),
    target_of("eu-2", "", 1, "", report("failed")),
    target_of("us-1", "http://us-1", 2, "<b>no token</b>", None),
    target_of("us-2", "http://us-2", 0, "", report("failed", known=True)),
)


def test_the_document_fits_its_schema_and_has_one_exit_code() -> None:
    schema = json.loads((specs_folder() / "fleet.schema.json").read_text())
    data = json.loads(fleet.render(MIXED))

    jsonschema.validate(data, schema)

    assert data["exit_code"] == 2
    assert [row["id"] for row in data["requirements"]] == IDS
    assert [row["base_url"] for row in data["targets"]][1] == "http://started"
    assert [row["spared"] for row in data["targets"]] == [[], [], [], [IDS[0]]]


@pytest.mark.parametrize(
    ("codes", "one"),
    [
        ([0, 0], 0),
        ([0, 5], 5),
        ([5, 1], 1),
        ([1, 3], 3),
        ([3, 2], 2),
        ([2, 4, 1], 4),
        ([4, 130], 130),
        ([7], 4),
    ],
)
def test_of_several_exit_codes_the_gravest_counts(codes: list[int], one: int) -> None:
    assert exit_code_of(codes) == ExitCode(one)


def test_the_page_is_a_matrix_that_leads_to_each_report() -> None:
    page = fleet_page.render(MIXED)

    assert f'href="eu-2/index.html#{IDS[0]}"' in page
    assert "&lt;b&gt;no token&lt;/b&gt;" in page
    assert "<script" not in page
    assert all(name in page for name in IDS)
    assert len(re.findall(r'<th scope="col"><span class="target">', page)) == 4
    assert "failed, waived or known" in page


def test_a_hostile_name_cannot_leave_its_cell() -> None:
    row = target_of("x", 'http://h/"><script>alert(1)</script>', 3, "", report("passed"))

    page = fleet_page.render(overview(row))

    assert "<script>" not in page


def test_the_table_names_what_failed_and_ends_with_the_one_verdict(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_fleet(Console(), MIXED)

    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["eu-1", "conformant", "1", "passed;", "exit", "0"]
    assert f"1 failed ({IDS[0]}); exit 1" in lines[2]
    assert "no report" in lines[3]
    assert lines[-1] == "hayon: 4 targets: 1 conformant, 2 nonconformant, 1 no report: exit 2"


def test_a_fleet_of_64_targets_is_one_small_page() -> None:
    every = {
        "requirements": [
            {"id": name, "outcome": "passed", "waiver": None, "level": "MUST"} for name in IDS
        ]
    }
    many = report("passed")
    many.data.update(every)
    rows = [target_of(f"t-{number}", "http://h", 0, "", many) for number in range(64)]

    page = fleet_page.render(overview(*rows))

    assert len(page) < 3_000_000
