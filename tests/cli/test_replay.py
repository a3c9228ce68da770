"""`conformance replay` as a process: fixed, still failing, and bad input."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.servers import service
from tests.conftest import credentials, everything
from tests.reports.made import written

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

pytestmark = pytest.mark.whole_run

EMPTY = "test_complete_refuses_an_empty_object"


def test_a_replay_tells_what_is_fixed_from_what_still_fails(
    command: Command, feedhive: dict[str, str], tmp_path: Path
) -> None:
    faults = ("empty-objects-complete",)
    with service.running("feedhive", service.Setup(deviations=faults)) as broken:
        command(
            *("run", "feedhive", *everything(broken), "-k", f"{EMPTY} or test_complete_needs"),
            **credentials(broken),
        )
        again = command("replay", "conformance-report", **credentials(broken))
    fixed = command(
        *("replay", "conformance-report", "FH-COMPLETE-11", *everything(feedhive)),
        **credentials(feedhive),
        CONFORMANCE_EFFORT="thorough",
    )

    assert again.returncode == 1, again.stderr
    assert "FH-COMPLETE-11 MUST still failing: expected a refusal (4xx)" in again.stdout
    assert "1 still failing" in again.stdout
    assert fixed.returncode == 0, fixed.stdout + fixed.stderr
    assert "FH-COMPLETE-11 MUST fixed" in fixed.stdout
    assert json.loads((tmp_path / "conformance-report" / "report.json").read_text())


def report(folder: Path, outcome: str, settings: dict[str, Any]) -> None:
    case = f"feedhive/scenarios/test_complete.py::{EMPTY}"
    written(folder, outcome, case=case, **settings)


REFERENCE = {"reference": True, "seed": 0}


def test_a_run_of_the_reference_server_starts_it_again(command: Command, tmp_path: Path) -> None:
    report(tmp_path, "failed", REFERENCE)

    done = command("replay", ".")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "FH-COMPLETE-11 MUST fixed" in done.stdout


def test_a_report_without_a_failure_has_nothing_to_replay(command: Command, tmp_path: Path) -> None:
    report(tmp_path, "passed", REFERENCE)

    done = command("replay", ".")

    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing to replay" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "settings", "code", "words"),
    [
        ((".", "FH-COMPLETE-1"), REFERENCE, 2, "did you mean FH-COMPLETE-10 or FH-COMPLETE-11"),
        ((".",), {"rm": "-rf /"}, 2, "rm is not a setting that a run repeats"),
        ((".",), {"start": "touch owned"}, 2, "pass --start 'touch owned'"),
        (("missing",), REFERENCE, 2, "cannot be read"),
        ((".",), {"base_url": "http://h"}, 2, "set CONFORMANCE_TOKEN"),
        (
            (".", "--token", "t"),
            {"base_url": "http://127.0.0.1:1"},
            3,
            "cannot be reached",
        ),
    ],
)
def test_what_cannot_be_replayed_gets_one_clear_line(  # noqa: PLR0917 - a table of bad input
    command: Command,
    tmp_path: Path,
    arguments: tuple[str, ...],
    settings: dict[str, Any],
    code: int,
    words: str,
) -> None:
    report(tmp_path, "failed", settings)

    done = command("replay", *arguments)

    assert done.returncode == code, done.stdout + done.stderr
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "owned").exists()
