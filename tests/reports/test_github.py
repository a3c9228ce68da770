"""Output for GitHub Actions: one line for each failure; a server cannot add a command."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from conformance.model.redaction import Redactor
from conformance.reports import github
from tests.reports.conftest import HOSTILE, made_hostile, row

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.reports.report import Report


def lines(report: Report) -> list[str]:
    return github.render(report).splitlines()


def test_failures_are_errors_and_warnings_are_warnings(report: Report) -> None:
    error, warning = lines(report)

    assert error.startswith("::error title=HY-UPLOAD-21 MUST failed%3A An unsupported type")
    assert "%0Aactual: it was 200%0A" in error
    assert warning.startswith("::warning title=HY-UPLOAD-10 SHOULD warned%3A ")


def test_a_hostile_text_starts_no_command_and_ends_no_property(report: Report) -> None:
    row(report, "HY-UPLOAD-21")["evidence"][0]["actual"] = f"a\r\n::set-env name=X::y\n{HOSTILE}"

    printed = lines(report)

    assert len(printed) == 2
    assert all(line.startswith(("::error title=", "::warning title=")) for line in printed)
    assert r"a\r\n::set-env" in printed[0]
    assert "%250A::error" in printed[0]
    assert all(line.isprintable() for line in lines(made_hostile(report)))


def test_a_line_break_in_the_reason_of_a_run_starts_no_command(report: Report) -> None:
    report.data.update(requirements=[], complete=False, reason="a\r\n::set-env name=X::y")

    printed = lines(report)

    assert len(printed) == 1
    assert "%0D%0A::set-env" in printed[0]


def test_a_title_is_escaped_as_a_property(report: Report) -> None:
    report.data.update(verdict="untestable", profile="a,b:c%")

    assert "title=a%2Cb%3Ac%25%3A untestable::" in lines(report)[-1]


def test_the_last_annotation_names_those_that_github_would_drop(report: Report) -> None:
    failed = row(report, "HY-UPLOAD-21")
    report.data["requirements"] = [
        {**copy.deepcopy(failed), "id": f"HY-X-{number:02}"} for number in range(13)
    ]

    printed = lines(report)

    assert len(printed) == 10
    assert printed[-1] == "::error title=4 more failed::HY-X-09, HY-X-10, HY-X-11, HY-X-12"


def test_an_incomplete_run_is_an_error_whatever_it_found(report: Report) -> None:
    report.data.update(requirements=[], complete=False, reason="interrupted")

    assert lines(report) == ["::error title=hayon%3A nonconformant::interrupted"]


def test_nothing_that_is_printed_inside_is_a_command() -> None:
    printed: list[str] = []

    @github.commands_stopped(printed.append)
    def fail() -> None:
        printed.append("::error::owned")
        raise LookupError

    with pytest.raises(LookupError):
        fail()

    word = printed[0].removeprefix("::stop-commands::")
    assert len(word) == 32
    assert printed[1:] == ["::error::owned", f"::{word}::"]


def test_the_summary_is_appended_to_what_is_there(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "step.md"
    path.write_text("before\n")

    assert github.append_summary(report, path, Redactor()) == ""
    assert path.read_text().startswith("before\n\n## ❌ hayon")


def test_a_summary_that_github_would_refuse_is_left_out_with_a_warning(
    report: Report, tmp_path: Path
) -> None:
    row(report, "HY-UPLOAD-21")["evidence"][0]["actual"] = "x" * 1_000_000

    warning = github.append_summary(report, tmp_path / "step.md", Redactor())

    assert "longer than GitHub takes from a step" in warning
    assert not (tmp_path / "step.md").exists()


def test_a_summary_that_cannot_be_written_is_one_warning(report: Report, tmp_path: Path) -> None:
    warning = github.append_summary(report, tmp_path, Redactor())

    assert warning == f"warning: GITHUB_STEP_SUMMARY={tmp_path} cannot be written: Is a directory"
