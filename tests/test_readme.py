"""What the README says is what the code does."""

from __future__ import annotations

import io
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from conformance.cli.main import cli
from conformance.cli.run import EXIT_CODES
from conformance.model.evidence import CaseRecord, Evidence, Outcome
from conformance.model.profile import Profile, profile_names
from conformance.model.requirement import Level
from conformance.model.run import Run, Verdict
from conformance.problem import KitFault, TargetProblem, UsageProblem
from conformance.reports.document import report_of
from conformance.reports.terminal.failure import print_failure
from conformance.settings import pytest_options
from conformance.settings.rerun import Rerun

if TYPE_CHECKING:
    import click

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
NOXFILE = (ROOT / "noxfile.py").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
NIGHTLY = (ROOT / ".github" / "workflows" / "selftest.yml").read_text(encoding="utf-8")


def flags(command: click.Command) -> set[str]:
    return {flag for option in command.params for flag in option.opts if flag.startswith("--")}


def pytest_flags() -> set[str]:
    parser = pytest.Parser(_ispytest=True)
    pytest_options.add_to(parser)
    group = parser.getgroup("conformance")
    return {flag for option in group.options for flag in option.names()}


def sessions() -> set[str]:
    return set(re.findall(r"@nox\.session.*\ndef (\w+)", NOXFILE))


def test_each_flag_it_names_exists() -> None:
    known = {flag for command in cli.commands.values() for flag in flags(command)}
    known |= {"--port", "--pyargs", "--lf", *pytest_flags()}

    named = set(re.findall(r"(?<![\w-])--[a-z0-9][a-z0-9-]+", README))
    curl = {"--request", "--url", "--header"}

    assert named - curl <= known


def test_each_command_it_names_exists() -> None:
    named = set(re.findall(r"(?:`|^|: )conformance\s(\w+)\s", README, re.MULTILINE))

    assert named <= set(cli.commands)
    assert {"run", "serve", "list", "explain"} <= named


def test_its_exit_codes_are_those_of_the_code_and_of_the_help() -> None:
    table = dict(re.findall(r"^\| (\d+) \| (.+?) \|$", README, re.MULTILINE))
    helped = {str(code): meaning for code, meaning in EXIT_CODES}

    assert {code: text.replace("`", "") for code, text in table.items()} == helped
    assert {int(code) for code in table} >= {
        UsageProblem.exit_code,
        TargetProblem.exit_code,
        KitFault.exit_code,
    }


def told(requirement: str, proof: Evidence, rerun: Rerun) -> str:
    """Return how the terminal tells one failure, at 80 columns."""
    case = CaseRecord(proof.case, requirement, Outcome.FAILED, evidence=[proof])
    report = report_of(Run("feedhive", Profile.load("feedhive").catalogue, [case]), rerun)
    row = report.rows[requirement]
    console = Console(file=io.StringIO(), width=80, highlight=False)
    print_failure(console, row, every=False)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().strip()


def test_the_failure_it_shows_is_what_the_terminal_tells() -> None:
    shown = re.search(r"```text\n(FH-COMPLETE-11 .+?)\n```", README, re.DOTALL)
    assert shown
    block = shown[1]
    url = re.search(r" request  POST (\S+) -> 200", block)
    body = re.search(r"^ +(\{.+\})$", block, re.MULTILINE)
    again = re.search(r"run again  (.+) -k (\w+)", block)
    base = re.search(r"--base-url (\S+) --seed (\d+)", block)
    assert base
    assert url and body and again  # noqa: PT018 - each is a piece of one block
    answer = {"status": 200, "headers": [["content-type", "application/json"]],
              "body": {"text": body[1], "bytes": len(body[1])}}  # fmt: skip
    request: dict[str, Any] = {
        "method": "POST",
        "url": url[1],
        "headers": [],
        "body": {"text": "", "bytes": 0},
    }
    exchange = {"request": request, "response": answer, "error": None, "curl": "curl"}
    id_of_upload = {"step": 0, "member": ["data", "upload_id"], "change": ""}
    script = {"url": [id_of_upload], "headers": [], "body": None, "pause_s": 0, "overlaps": False}
    rerun = Rerun("feedhive", {"base_url": base[1], "seed": int(base[2])})
    assert rerun.command() == again[1]
    proof = Evidence(
        "FH-COMPLETE-11", f"s::{again[2]}", "a refusal (4xx)", f"it was 200 {body[1]}", exchange,
        transcript=[{**exchange, "script": script}], check={"statuses": [[400, 499]]},
    )  # fmt: skip

    assert told("FH-COMPLETE-11", proof, rerun) == block


def test_it_explains_every_outcome_verdict_and_level() -> None:
    for word in (*Outcome, *Verdict):
        assert f"`{word}`" in README
    for level in Level:
        assert level in README


def test_it_explains_every_session_and_ci_runs_no_other() -> None:
    explained = set(re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|.*\|", README, re.MULTILINE))
    names = {name for cell in explained for name in re.findall(r"`(\w+)`", cell)}

    assert sessions() <= names
    only_at_night = {"audit", "engines", "hostile", "spec", "vendor"}
    by_hand = {"bench"}  # on a shared machine its figures say little
    assert run_by(CI) == sessions() - only_at_night - by_hand
    assert run_by(NIGHTLY) == only_at_night | {"selftest", "runs"}


def run_by(text: str) -> set[str]:
    """Return the sessions that a script or a workflow runs."""
    listed = re.findall(r"(?:nox -s|sessions=\() ?([\w ]+)", text)
    return {name for line in listed for name in line.split()}


def test_it_names_every_profile_and_the_distribution() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert all(name in README for name in profile_names())
    assert f"pip install {project['name']}" in README
