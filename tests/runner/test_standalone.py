"""A plain session of pytest: its verdict, its exit code, its report, and every way to stop."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from conformance.asgi import serving
from conformance.harness.harness import Harness, clean_up
from conformance.model.evidence import CaseRecord, Evidence, Outcome
from conformance.model.profile import Profile
from conformance.model.run import Run
from conformance.runner import launch
from conformance.runner.standalone import print_noticed
from conformance.settings.table import SETTINGS
from conformance.target import Target
from tests.conftest import credentials

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.conftest import Command, Pytest

pytestmark = pytest.mark.whole_run

pytest_plugins = ["pytester"]

InProcess = Callable[..., pytest.RunResult]
HAYON = ("--pyargs", "conformance.profiles.hayon")
FEEDHIVE = ("--pyargs", "conformance.profiles.feedhive")

KILLER = """
import os, pathlib

def pytest_runtest_teardown(item):
    once = pathlib.Path("died")
    if item.name == "test_get_gives_the_media" and not once.exists():
        once.touch()
        os._exit(9)
"""


@pytest.fixture
def plain(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> InProcess:
    """Run a session inside this one: a second, not five."""
    for setting in SETTINGS:
        monkeypatch.delenv(setting.variable, raising=False)

    def run(*arguments: str, **environment: str) -> pytest.RunResult:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return pytester.runpytest_inprocess("-p", "no:schemathesis", *arguments)

    return run


def at(announced: dict[str, str]) -> dict[str, str]:
    return {
        "CONFORMANCE_BASE_URL": announced["base_url"],
        "CONFORMANCE_TOKEN": announced["token"],
    }


def report_in(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


def outcomes(report: dict[str, Any]) -> dict[str, str]:
    return {row["id"]: row["outcome"] for row in report["requirements"]}


def media_of(announced: dict[str, str]) -> int:
    headers = {"Authorization": f"Bearer {announced['token']}"}
    answer = httpx.get(f"{announced['base_url']}/media", headers=headers)
    total: int = answer.json()["data"]["total"]
    return total


def refusing_app(status: int) -> Starlette:
    async def refuse(_: Request) -> JSONResponse:
        return JSONResponse({"success": False, "message": "no"}, status)

    return Starlette(routes=[Route("/{path:path}", refuse, methods=["GET", "POST", "PUT"])])


def test_it_comes_to_what_the_command_comes_to(
    plain: InProcess, command: Command, hayon: dict[str, str], tmp_path: Path
) -> None:
    selected = ("-k", "test_upload or test_auth")
    done = command("run", "hayon", *selected, **at(hayon))
    expected = report_in(tmp_path / "conformance-report")

    result = plain(*HAYON, *selected, "--conformance-report-dir", "out", **at(hayon))

    report = report_in(Path("out"))
    assert (result.ret, done.returncode) == (0, 0)
    assert report["verdict"] == expected["verdict"] == "partial"
    assert outcomes(report) == outcomes(expected)
    assert report["target"] == expected["target"]
    assert (report["complete"], report["effort"]) == (True, "standard")
    written = {path.name for path in Path("out").iterdir()}
    assert written == {path.name for path in (tmp_path / "conformance-report").iterdir()}
    result.stdout.fnmatch_lines(["*conformance: hayon partial*", "report: out*"])


def test_a_must_that_only_blocks_fails_it(plain: InProcess) -> None:
    with serving(refusing_app(500)) as url:
        result = plain(
            *(*HAYON, "-k", "test_auth and json", "--conformance-base-url", url),
            CONFORMANCE_TOKEN="t0ken",
        )

    assert result.ret == 1
    result.stdout.fnmatch_lines(["*hayon nonconformant (failed: HY-UPLOAD-01)*"])


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["one process", "two workers"])
def test_a_target_that_cannot_be_tested_is_told_in_a_line(
    run_pytest: Pytest, tmp_path: Path, workers: list[str]
) -> None:
    with serving(refusing_app(401)) as url:
        done = run_pytest(
            *(*HAYON, *workers, "--conformance-report-dir", "out"),
            CONFORMANCE_BASE_URL=url,
            CONFORMANCE_TOKEN="n0-such-token",
        )

    assert done.returncode == 3, done.stdout + done.stderr
    assert "refuses the token (401): check CONFORMANCE_TOKEN" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert report_in(tmp_path / "out")["verdict"] == "untestable"


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        ((), {}, "no target: pass --conformance-base-url URL"),
        ((), {"CONFORMANCE_BASE_URL": "http://127.0.0.1:1"}, "no token: set CONFORMANCE_TOKEN"),
        ((), {"CONFORMANCE_SEED": "many"}, "CONFORMANCE_SEED='many' is not a whole number"),
        (("-o", "conformance_seed=many"), {}, "conformance_seed in the ini file of pytest"),
        (("conformance.profiles.feedhive",), {}, "a session can run one profile only"),
    ],
    ids=["no target", "no token", "environment", "ini file", "two profiles"],
)
def test_bad_input_is_one_line_and_the_code_of_usage(
    plain: InProcess, arguments: tuple[str, ...], environment: dict[str, str], words: str
) -> None:
    result = plain(*HAYON, *arguments, **environment)

    assert result.ret == 2
    said = [line for line in {*result.outlines, *result.errlines} if words in line]
    assert len(said) == 1
    assert "Traceback" not in result.stdout.str() + result.stderr.str()


def test_an_unknown_requirement_is_one_line_too(run_pytest: Pytest) -> None:
    done = run_pytest(*HAYON, "--conformance-requirement", "HY-UPLOD-01")

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "did you mean HY-UPLOAD-01?" in done.stderr


def test_bad_input_under_two_workers_is_one_line_too(run_pytest: Pytest) -> None:
    done = run_pytest(*HAYON, "-n", "2", CONFORMANCE_SEED="many")

    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout.count("CONFORMANCE_SEED='many' is not a whole number") == 1
    assert "node down" not in done.stdout + done.stderr


def test_under_require_verified_a_partial_session_has_its_own_code(
    plain: InProcess, hayon: dict[str, str]
) -> None:
    result = plain(*HAYON, "-k", "HY-UPLOAD-01", "--conformance-require-verified", **at(hayon))

    assert result.ret == 5


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["one process", "two workers"])
def test_after_the_first_failure_it_stops_cleans_up_and_says_so(
    run_pytest: Pytest, tmp_path: Path, workers: list[str]
) -> None:
    with launch.reference("feedhive", ["empty-objects-complete"]) as announced:
        done = run_pytest(
            *(*FEEDHIVE, "-x", *workers, "--conformance-report-dir", "out"),
            *("-k", "FH-COMPLETE-10 or FH-COMPLETE-11 or FH-DELETE-01"),
            **{**at(announced), **credentials(announced)},
        )
        left = media_of(announced)

    report = report_in(tmp_path / "out")
    assert done.returncode == 1, done.stdout + done.stderr
    assert (left, report["leftovers"]) == (0, [])
    assert (report["verdict"], report["complete"]) == ("nonconformant", False)
    story = ("FH-COMPLETE-11 MUST", "expected", "actual", "request", "response", "source")
    positions = [
        done.stdout.find(word) for word in (*story, "send again", "run again  pytest --pyargs")
    ]
    assert positions == sorted(positions)
    assert -1 not in positions


def test_a_worker_that_dies_is_a_fault_and_leaves_nothing_behind(
    run_pytest: Pytest, feedhive: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "killer.py").write_text(KILLER)
    before = media_of(feedhive)

    done = run_pytest(
        *(*FEEDHIVE, "-n", "2", "-p", "killer"),
        *("-k", "FH-GET-01 or FH-COMPLETE-01 or FH-LIST-01"),
        **at(feedhive),
    )

    assert (tmp_path / "died").exists()
    assert done.returncode == 4, done.stdout + done.stderr
    assert "a worker died" in done.stdout
    assert media_of(feedhive) == before


def test_what_a_killed_process_left_is_cleaned_up(feedhive: dict[str, str]) -> None:
    profile = Profile.load("feedhive")
    target = Target("feedhive", feedhive["base_url"], feedhive["token"])
    before = media_of(feedhive)
    killed = Harness(profile, target, run_id="killed")
    profile.module("given").Given(killed, killed.api).media()
    killed.release()  # as the end of its process does
    assert media_of(feedhive) == before + 1

    assert clean_up(profile, target)[0] == []

    assert media_of(feedhive) == before


class Lines:
    """A terminal reporter that keeps what it prints."""

    def __init__(self) -> None:
        self.printed: list[str] = []

    def section(self, title: str) -> None:
        self.printed.append(title)

    line = section


def test_a_warned_row_that_only_other_cases_noticed_is_printed() -> None:
    seen = Evidence("HY-UPLOAD-SCHEMA-REF", "s::test_other", "a member", "it is \x1b[2J missing")
    own = Evidence("HY-UPLOAD-10", "s::test_own", "x", "y")
    cases = [
        CaseRecord("s::test_other", "HY-UPLOAD-01", Outcome.PASSED, evidence=[seen]),
        CaseRecord("s::test_own", "HY-UPLOAD-10", Outcome.WARNED, evidence=[own]),
    ]
    lines = Lines()

    print_noticed(lines, Run("hayon", Profile.load("hayon").catalogue, cases))

    head, line = lines.printed
    assert head == "conformance: also warned"
    assert line.startswith("HY-UPLOAD-SCHEMA-REF ")
    assert line.endswith(r"expected a member, but it is \x1b[2J missing")
