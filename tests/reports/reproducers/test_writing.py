"""Reproducers of real runs: they fail on the broken server only, and hold no secret."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from conformance.model.redaction import Redactor
from conformance.reports.reproducers.writing import _best, clear
from conformance.servers import service
from tests.conftest import clean_environment, credentials, everything

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

pytestmark = pytest.mark.whole_run

#: Seconds that one reproducer may take.
BOUND_S = 120


def surroundings(announced: dict[str, str]) -> dict[str, str]:
    """Return the variables that point a reproducer at an announced server."""
    return {
        **clean_environment(),
        **credentials(announced),
        "CONFORMANCE_BASE_URL": announced["base_url"],
        "CONFORMANCE_SHORT_LIVED_URL": announced["short_lived_url"],
        "CONFORMANCE_S3_ENDPOINT": announced["s3_endpoint"],
        "CONFORMANCE_S3_BUCKET": announced["bucket"],
    }


def outcome(file: Path, announced: dict[str, str]) -> int:
    """Run a reproducer against a server and return its exit code."""
    pytest_words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    words = ["/bin/sh"] if file.suffix == ".sh" else pytest_words
    done = subprocess.run(
        [*words, str(file)],
        cwd=file.parent,
        env=surroundings(announced),
        capture_output=True,
        text=True,
        check=False,
        timeout=BOUND_S,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode


@pytest.mark.parametrize(
    ("profile", "fault", "requirement", "expression", "kinds"),
    [
        ("feedhive", "empty-objects-complete", "FH-COMPLETE-11", "empty_object", "sh py"),
        ("feedhive", "delete-needs-no-key", "FH-AUTH-05", "test_delete_deletes_nothing", "sh py"),
        ("hayon", "takes-a-longer-key", "HY-AUTH-04", "without_a_valid_key", "sh py"),
        ("feedhive", "total-is-one-too-many", "FH-LIST-09", "test_total", "py"),
        # What the case put into the bucket by its owner's credentials, no curl can show.
        ("feedhive", "any-stored-type-completes", "FH-COMPLETE-12", "another_type", "py"),
        ("hayon", "takes-gif", "HY-UPLOAD-21", "test_upload and unsupported", "sh py"),
        ("hayon", "put-takes-any-signature", "HY-PUT-02", "changed_signature", "sh py"),
    ],
)  # fmt: skip
def test_a_reproducer_fails_on_the_broken_server_and_passes_on_an_honest_one(  # noqa: PLR0917
    command: Command, request: pytest.FixtureRequest, tmp_path: Path,
    profile: str, fault: str, requirement: str, expression: str, kinds: str,
) -> None:  # fmt: skip
    honest = request.getfixturevalue(profile)
    with service.running(profile, service.Setup(deviations=(fault,))) as broken:
        run = command(
            *("run", profile, *everything(broken), "-k", expression), **credentials(broken)
        )
        folder = tmp_path / "conformance-report"
        row = next(
            row
            for row in json.loads((folder / "report.json").read_text())["requirements"]
            if row["id"] == requirement
        )
        files = sorted(folder / name for name in row["evidence"][0]["reproducers"])
        assert " ".join(file.suffix[1:] for file in files) == kinds, run.stdout

        on_broken = [outcome(file, broken) for file in files]

    assert on_broken == [1] * len(files)
    assert [outcome(file, honest) for file in files] == [0] * len(files)
    for file in files:
        text = file.read_text()
        assert os.access(file, os.X_OK) is (file.suffix == ".sh")
        assert not Redactor(credentials(broken).values()).finds(text)


def test_a_script_is_made_of_what_it_can_decide() -> None:
    last = {"script": {"overlaps": False, "url": [], "pause_s": 0.0}}
    proof = {"case": "a::b", "aside": False, "crowded": False, "transcript": [last]}
    undecided = {**proof, "check": None}
    decided = {**proof, "check": {"statuses": [[400, 499]]}, "case": "a::c"}
    row = {"cases": [{"id": "a::b"}], "evidence": [undecided, decided]}

    assert _best(row, script=True) is decided


def test_the_reproducers_of_an_earlier_report_go_and_other_files_stay(tmp_path: Path) -> None:
    place = tmp_path / "reproducers"
    place.mkdir()
    for name in ("FH-GET-01.sh", "test_fh_get_01.py", "notes.md"):
        (place / name).touch()

    clear(tmp_path)

    assert [path.name for path in place.iterdir()] == ["notes.md"]


def test_a_reproducer_whose_requirement_cannot_be_judged_fails(
    command: Command, feedhive: dict[str, str], tmp_path: Path
) -> None:
    with service.running(
        "feedhive", service.Setup(deviations=("anybody-completes-a-session",))
    ) as bad:
        command(
            *("run", "feedhive", *everything(bad), "-k", "another_callers_session"),
            **credentials(bad),
        )
    file = tmp_path / "conformance-report" / "reproducers" / "test_fh_complete_14.py"
    without = {**surroundings(feedhive), "CONFORMANCE_OTHER_TOKEN": ""}

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)],
        cwd=tmp_path,
        env=without,
        capture_output=True,
        text=True,
        check=False,
        timeout=BOUND_S,
    )

    assert done.returncode == 1
    assert "FH-COMPLETE-14 cannot be judged: needs other-token" in done.stdout
