"""The composite action: its shell steps are run as GitHub would run them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import conformance
from tests.conftest import COMMAND_BOUND_S, clean_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.whole_run

ROOT = Path(conformance.__file__).parents[1]
ACTION = ROOT / ".github" / "actions" / "conformance"
DESCRIPTION: dict[str, Any] = yaml.safe_load((ACTION / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = DESCRIPTION["runs"]["steps"]


@dataclass(frozen=True)
class Ended:
    """A step that was run: its exit code, all it printed, its outputs and its summary."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str


class Job:
    """A job's folders and the kit in them, where the action's steps are run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.temporary = folder / "runner"
        self.workspace = folder / "workspace"
        for path in (self.temporary, self.workspace):
            path.mkdir(parents=True)

    def lend_kit(self) -> None:
        """Take the place of the installation, with the kit of these tests."""
        scripts = self.temporary / "conformance" / "bin"
        scripts.mkdir(parents=True)
        for name in ("python", "conformance"):
            wrapper = scripts / name
            module = "" if name == "python" else "-m conformance"
            wrapper.write_text(f'#!/bin/sh\nexec {sys.executable} {module} "$@"\n')
            wrapper.chmod(0o755)

    def run(self, step: Mapping[str, Any], **inputs: str) -> Ended:
        """Run one step under the shell and the variables that GitHub gives it."""
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        files = {name: self.folder / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in files.values():
            file.write_text("")
        environment = {
            **clean_environment(),
            **{name: str(path) for name, path in files.items()},
            "GITHUB_ACTION_PATH": str(ACTION),
            "RUNNER_TEMP": str(self.temporary),
            **{name: evaluated(text, given) for name, text in step["env"].items()},
        }
        environment.pop("GITHUB_ACTIONS", None)
        done = subprocess.run(
            [bash(), "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.workspace,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_BOUND_S,
        )
        lines = files["GITHUB_OUTPUT"].read_text().splitlines()
        outputs = dict(line.split("=", 1) for line in lines)
        summary = files["GITHUB_STEP_SUMMARY"].read_text()
        return Ended(done.returncode, done.stdout + done.stderr, outputs, summary)


def bash() -> str:
    found = shutil.which("bash")
    assert found is not None
    return found


def evaluated(text: str, inputs: Mapping[str, str]) -> str:
    """Evaluate `${{ inputs.NAME }}`, the one expression that the steps' variables hold."""
    name = re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", text)
    assert name is not None, text
    declared = DESCRIPTION["inputs"][name[1]]
    return inputs.get(name[1], declared.get("default", ""))


def step_named(name: str) -> dict[str, Any]:
    return next(step for step in STEPS if step["name"] == name)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    job = Job(tmp_path)
    job.lend_kit()
    return job


RUN = step_named("Run the kit")


def test_a_sound_server_passes_with_its_verdict(job: Job, feedhive: dict[str, str]) -> None:
    ended = job.run(
        RUN,
        profile="feedhive",
        base_url=feedhive["base_url"],
        token=feedhive["token"],
        other_token=feedhive["other_token"],
        args="--effort quick -k 'test_create and not search'",
    )

    report = json.loads((job.workspace / "conformance-report/report.json").read_text())
    assert ended.code == 0, ended.log
    assert ended.outputs == {
        "verdict": report["verdict"],
        "report": "conformance-report/report.json",
    }
    assert report["verdict"] in ended.summary
    assert report["target"]["capabilities"] == ["other-token"]
    assert feedhive["token"] not in ended.log


def test_a_broken_server_fails_the_step_and_still_gives_its_verdict(job: Job) -> None:
    (job.workspace / "server.py").write_text(
        "import sys\nfrom conformance.servers import service\n"
        "from conformance.servers.hayon import publisher\n"
        "publisher.EXTENSIONS.pop('video/mp4')\n"
        "service.secrets.token_urlsafe = lambda _: 'key'\n"
        "service.serve('hayon', service.Setup(port=int(sys.argv[1])))\n"
    )

    ended = job.run(
        RUN,
        profile="hayon",
        start=f"{sys.executable} server.py {{port}}",
        token="main-key",
        report_dir="some folder/report",
        args="--effort quick",
    )

    assert ended.code == 1, ended.log
    assert ended.outputs["verdict"] == "nonconformant"
    assert ended.outputs["report"] == "some folder/report/report.json"
    assert (job.workspace / ended.outputs["report"]).is_file()
    assert "nonconformant" in ended.summary


@pytest.mark.parametrize(
    ("inputs", "code", "words"),
    [
        ({"profile": "nosuch", "base_url": "http://127.0.0.1:1"}, 2, "unknown profile 'nosuch'"),
        ({"profile": "feedhive"}, 2, "no target"),
        ({"profile": "feedhive", "args": "--bogus"}, 2, "--bogus"),
        ({"profile": "feedhive", "args": "-k 'open"}, 2, "cannot be split into words"),
        ({"profile": "--help"}, 2, "unknown profile '--help'"),
    ],
    ids=["profile", "target", "flag", "quote", "flag as profile"],
)
def test_bad_input_ends_with_the_kits_code_and_no_verdict(
    job: Job, inputs: dict[str, str], code: int, words: str
) -> None:
    ended = job.run(RUN, **inputs)

    assert ended.code == code, ended.log
    assert words in ended.log
    assert ended.outputs == {}


def test_no_verdict_of_an_earlier_step_is_taken_for_this_ones(job: Job) -> None:
    report = job.workspace / "conformance-report" / "report.json"
    report.parent.mkdir()
    report.write_text('{"verdict": "conformant"}')

    ended = job.run(RUN, profile="feedhive")

    assert ended.code == 2
    assert ended.outputs == {}
    assert "exit code 2" in ended.summary


@pytest.mark.parametrize("name", ["profile", "base_url", "start", "token", "args", "report_dir"])
def test_no_input_is_ever_run(job: Job, name: str) -> None:
    text = "$(touch pwned) `touch pwned`; touch pwned\ntouch pwned\n"
    inputs = {"profile": "feedhive", "base_url": "http://127.0.0.1:1", "token": "t"}
    if name == "start":
        del inputs["base_url"]

    ended = job.run(RUN, **{**inputs, name: text})

    assert ended.code in {2, 3}, ended.log
    assert not list(job.folder.rglob("pwned"))


def test_no_step_pastes_an_input_into_its_script() -> None:
    scripts = [step["run"] for step in STEPS if "run" in step]

    assert len(scripts) == 2
    assert not [script for script in scripts if "${{" in script]


def test_the_reports_are_kept_whatever_came_before() -> None:
    keep = STEPS[-1]

    assert keep["if"] == "always()"
    assert keep["uses"].startswith("actions/upload-artifact@")
    assert keep["with"]["path"] == "${{ inputs.report-dir }}"


def test_every_input_is_used_and_every_output_given() -> None:
    used = set(re.findall(r"inputs\.([\w-]+)", json.dumps(STEPS)))
    given = set(re.findall(r"'(\w+)=%s", (ACTION / "run.sh").read_text(encoding="utf-8")))

    assert used == set(DESCRIPTION["inputs"])
    assert given == set(DESCRIPTION["outputs"])


def test_the_kit_is_installed_from_the_actions_own_commit(tmp_path: Path) -> None:
    job = Job(tmp_path)
    install = step_named("Install the kit")

    first, again = job.run(install), job.run(install)

    assert first.code == 0, first.log
    assert f"conformance {conformance.__version__}" in first.log
    assert again.code == 0
    installed = job.temporary / "conformance" / "bin" / "conformance"
    listed = subprocess.run(
        [installed, "list", "requirements", "hayon"],
        env={"PATH": os.environ["PATH"]},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_BOUND_S,
    )
    assert "HY-PUT-01" in listed.stdout, listed.stderr


def test_a_version_that_does_not_exist_fails_the_installation(tmp_path: Path) -> None:
    ended = Job(tmp_path).run(step_named("Install the kit"), version="0.0.0.dev0")

    assert ended.code != 0
    assert "media-conformance==0.0.0.dev0" in ended.log
