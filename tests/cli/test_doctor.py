"""`conformance doctor` as its users meet it: a process, its words and its exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conformance.cli.doctor import print_check
from conformance.reports.terminal.console import Console
from conformance.runner.diagnosis import Diagnosis, DiagnosisState
from tests.conftest import credentials, everything

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command


@pytest.mark.parametrize("profile", ["feedhive", "hayon"])
def test_nothing_stands_in_the_way_of_the_reference_server(command: Command, profile: str) -> None:
    done = command("doctor", profile, "--reference")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "would be verified" in done.stdout
    assert "nothing prevents a run" in done.stdout
    assert "\x1b" not in done.stdout


def test_the_findings_come_as_json(command: Command, feedhive: dict[str, str]) -> None:
    claims = [*everything(feedhive), "--capability", "posts"]

    done = command("doctor", "feedhive", *claims, "--json", **credentials(feedhive))

    found = json.loads(done.stdout)
    assert {check["state"] for check in found["checks"]} == {"ok"}
    coverage = found["coverage"]
    assert list(coverage["further"]) == ["--storage-gate"]
    assert (
        coverage["verified"] + coverage["further"]["--storage-gate"] == coverage["provable"] > 100
    )
    assert found["leftovers"] == []


def test_a_refused_token_is_a_problem_that_is_not_shown(
    command: Command, feedhive: dict[str, str]
) -> None:
    done = command(
        *("doctor", "feedhive", "--base-url", feedhive["base_url"]),
        CONFORMANCE_TOKEN="a-very-secret-token",
    )

    assert done.returncode == 3
    assert "problem  token          refused (401)" in done.stdout
    assert "1 problem prevents a run" in done.stdout
    assert "a-very-secret-token" not in done.stdout + done.stderr


def test_the_settings_file_is_part_of_what_is_examined(
    command: Command, tmp_path: Path, hayon: dict[str, str]
) -> None:
    (tmp_path / "conformance.toml").write_text(
        f"""
default_target = "here"

[[waivers]]
requirement = "HY-PUT-05"
reason = "known"
expires = 2020-01-31

[targets.elsewhere]
base_url = "http://127.0.0.1:1"

[targets.here]
base_url = "{hayon["base_url"]}"
token_env = "MINE"
"""
    )

    done = command("doctor", "hayon", "--json", MINE=hayon["token"])

    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert done.returncode == 0, done.stderr
    assert checks["settings"]["found"] == "file: base_url, token"
    assert checks["waivers"]["found"] == "the waiver for HY-PUT-05 expired on 2020-01-31"
    assert checks["waivers"]["state"] == "unknown"
    assert checks["token"]["state"] == "ok"
    assert hayon["token"] not in done.stdout


def test_the_words_of_a_server_move_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    print_check(
        Console(width=80), Diagnosis("server", DiagnosisState.PROBLEM, "\x1b[2Jfound", "fix\x9b")
    )

    out = capsys.readouterr().out
    assert r"\x1b[2Jfound" in out
    assert "\x1b" not in out
    assert "\x9b" not in out


def test_an_unreachable_server_is_a_problem(command: Command) -> None:
    done = command("doctor", "hayon", "--base-url", "http://127.0.0.1:1", "--token", "t")

    assert done.returncode == 3
    assert "cannot be reached" in done.stdout
    assert "once that is fixed," in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nosuch"], "unknown profile 'nosuch'"),
        (["feedhive"], "no target"),
        (["feedhive", "--base-url", "http://h"], "set CONFORMANCE_TOKEN"),
        (["feedhive", "--base-url", "http://h", "--reference"], "only one of"),
        (["feedhive", "--base-url", "http://h", "--effort", "quick"], "--effort"),
        (["feedhive", "--reference", "--config", "missing.toml"], "missing.toml cannot be read"),
    ],
)
def test_bad_usage_gets_one_clear_line(command: Command, arguments: list[str], words: str) -> None:
    done = command("doctor", *arguments)

    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_check_fits_its_terminal(capsys: pytest.CaptureFixture[str], width: int) -> None:
    check = Diagnosis("storage clock", DiagnosisState.UNKNOWN, "found " * 20, "fixed " * 20)

    print_check(Console(width=width), check)

    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= width for line in lines)
    assert sum("fix:" in line for line in lines) == 1
