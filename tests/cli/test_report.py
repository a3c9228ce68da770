"""`conformance report`: the same files again from `report.json` alone, bad input in one line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conformance.model.evidence import CaseRecord, Outcome
from conformance.model.profile import Profile
from conformance.model.run import Run
from conformance.reports.document import report_of
from conformance.reports.folder import publish
from conformance.reports.formats import FILES, FORMATS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A report folder, as a run leaves it."""
    cases = [CaseRecord("s::test_it", "HY-UPLOAD-01", Outcome.PASSED)]
    run = Run("hayon", Profile.load("hayon").catalogue, cases, target={"base_url": "http://h"})
    made = tmp_path / "report"
    made.mkdir()
    publish(report_of(run), made)
    return made


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_every_file_is_made_again_from_the_document_alone(command: Command, folder: Path) -> None:
    before = contents(folder)
    for name in set(FILES) - {"report.json"}:
        (folder / name).unlink()

    done = command("report", str(folder))

    assert done.returncode == 0, done.stderr
    assert contents(folder) == before
    assert [line.rsplit("/", 1)[-1] for line in done.stdout.splitlines()] == list(FILES)


@pytest.mark.parametrize("name", sorted(name for name, made in FORMATS.items() if made.file))
def test_one_format_is_written_beside_the_report(command: Command, folder: Path, name: str) -> None:
    file = str(FORMATS[name].file)
    expected = contents(folder)[file]
    for other in set(FILES) - {"report.json"}:
        (folder / other).unlink()

    done = command("report", str(folder), "--format", name)

    assert done.returncode == 0, done.stderr
    assert contents(folder).keys() == {"report.json", file}
    assert contents(folder)[file] == expected


def test_one_format_goes_to_another_file_or_the_standard_output(
    command: Command, folder: Path, tmp_path: Path
) -> None:
    expected = contents(folder)["summary.md"]

    told = command("report", str(folder), "--format", "markdown", "--out", "-")
    written = command("report", str(folder), "--format", "markdown", "--out", "mine.md")

    assert told.stdout == expected
    assert written.returncode == 0
    assert (tmp_path / "mine.md").read_text(encoding="utf-8") == expected


def test_annotations_are_printed(command: Command, folder: Path) -> None:
    done = command("report", str(folder), "--format", "annotations")

    assert done.returncode == 0
    assert done.stdout.startswith("::error title=hayon%3A untestable::")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nosuch"], "there is no report folder nosuch"),
        (["report/report.json"], "is not a folder"),
        (["report", "--format", "pdf"], "'pdf' is not one of"),
        (["report", "--out", "x"], "--out takes exactly one --format"),
        (["report", "--format", "har", "--out", "no/such/x"], "no/such/x cannot be written"),
        (["truncated"], "is not valid JSON, or is cut off"),
        (["foreign"], "has no schema_version"),
        (["future"], "upgrade media-conformance"),
        (["wrong"], "does not fit the report schema at $.verdict"),
        (["empty"], "empty/report.json cannot be read"),
        ([], "Missing argument 'DIR'"),
    ],
)
def test_bad_input_gets_one_clear_line(
    command: Command, folder: Path, tmp_path: Path, arguments: list[str], words: str
) -> None:
    document = json.loads((folder / "report.json").read_text())
    texts = {
        "truncated": json.dumps(document)[:-100],
        "foreign": "{}",
        "future": json.dumps({**document, "schema_version": "3.0"}),
        "wrong": json.dumps({**document, "verdict": "splendid"}),
    }
    for name, text in texts.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.json").write_text(text)
    (tmp_path / "empty").mkdir()

    done = command("report", *arguments)

    assert done.returncode == 2, done.stdout + done.stderr
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_a_folder_that_cannot_be_written_is_named_and_keeps_its_report(
    command: Command, folder: Path
) -> None:
    (folder / "index.html").unlink()
    (folder / "index.html").mkdir()

    done = command("report", str(folder))

    assert done.returncode == 2
    assert f"the report folder {folder} cannot be written" in done.stderr
    assert (folder / "report.json").exists()
