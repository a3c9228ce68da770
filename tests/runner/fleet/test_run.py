"""A fleet runs each target in a process of its own, so many at a time, and always ends well."""

from __future__ import annotations

import json
import os
import signal
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from conformance.harness import signals
from conformance.model.profile import specs_folder
from conformance.reports.terminal.console import Console
from conformance.runner import own_process
from conformance.runner.fleet import run
from conformance.runner.fleet.run import run_fleet
from conformance.settings.table import SETTINGS
from tests.reports.made import written

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "tok_main_0123456789abcdef"

#: What a process does instead of a run: a server whose name begins with a word gets that end.
PROGRAM = """
import json, os, shutil, sys, time, pathlib
sys.argv.pop()
request = json.loads(sys.stdin.readline())["request"]
folder = pathlib.Path(request["values"]["report_dir"])
name = folder.name
outcome = {"problem": "", "text": "", "interrupted": False, "exit_code": 0}
running = pathlib.Path(os.environ["FLEET_RUNNING"])
(running / name).touch()
with open(running.parent / "seen", "a") as seen:
    seen.write(f"{len(list(running.iterdir()))}\\n")
if name.startswith("ok") or name.startswith("bad"):
    kind = "passed" if name.startswith("ok") else "failed"
    shutil.copy(f"{os.environ['FLEET_REPORTS']}/{kind}/report.json", folder / "report.json")
    outcome["exit_code"] = int(kind == "failed")
elif name.startswith("usage"):
    outcome |= {"problem": "UsageProblem", "text": "-k 'x' selects no case"}
elif name.startswith("fault"):
    outcome |= {"problem": "KitFault", "text": "Traceback (most recent call last):\\n  x\\nOops: 1"}
elif name.startswith("dies"):
    print("last words")
    os._exit(9)
elif name == "hangs":
    sys.stdin.read()
    (running.parent / "hangs-told").touch()
    time.sleep(600)
elif name.startswith("waits"):
    sys.stdin.read()
    (running.parent / f"{name}-cleaned").touch()
    outcome["interrupted"] = True
time.sleep(0.05)
(running / name).unlink()
pathlib.Path(sys.argv[-1]).write_text(json.dumps(outcome))
"""


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that runs targets of these names, and returns code and overview."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONFORMANCE_TOKEN", TOKEN)
    monkeypatch.setattr(own_process, "_START", PROGRAM)
    reports = tmp_path / "reports"
    reports.mkdir()
    for outcome in ("passed", "failed"):
        row = {"profile": "hayon", "requirement": "HY-PUT-01"}
        written(reports / outcome, outcome, **row)
    running = tmp_path / "at" / "running"
    running.mkdir(parents=True)
    monkeypatch.setenv("FLEET_RUNNING", str(running))
    monkeypatch.setenv("FLEET_REPORTS", str(reports))

    def ran(*names: str, **given: Any) -> tuple[int, dict[str, Any]]:
        tables = [f"[targets.{name}]\nbase_url = 'http://{name}'" for name in names]
        (tmp_path / "fleet.toml").write_text("\n".join(tables))
        flags = {**{setting.name: None for setting in SETTINGS}, "targets_from": "fleet.toml"}
        with signals.interruptible():  # as the command line does
            code = run_fleet("hayon", {**flags, "report_dir": "out", **given}, Console())
        overview: dict[str, Any] = json.loads((tmp_path / "out" / "fleet.json").read_text())
        schema = json.loads((specs_folder() / "fleet.schema.json").read_text())
        jsonschema.validate(overview, schema)
        return code, overview

    return ran


def test_each_target_has_its_row_and_the_worst_code_counts(
    fleet: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, overview = fleet("ok-1", "bad-1", "ok-2")

    assert code == overview["exit_code"] == 1
    rows = {row["name"]: row for row in overview["targets"]}
    assert list(rows) == ["ok-1", "bad-1", "ok-2"]
    assert rows["bad-1"]["verdict"] == "nonconformant"
    assert rows["bad-1"]["outcomes"]["HY-PUT-01"] == "failed"
    assert rows["ok-1"]["outcomes"]["HY-PUT-01"] == "passed"
    page = (tmp_path / "out" / "index.html").read_text()
    assert 'href="bad-1/index.html#HY-PUT-01"' in page
    printed = capsys.readouterr().out
    assert "bad-1  nonconformant" in printed
    assert "(HY-PUT-01); exit 1" in printed
    assert "hayon: 3 targets:" in printed
    assert TOKEN not in page + printed + json.dumps(overview)


@pytest.mark.parametrize(
    ("names", "code", "why"),
    [
        (("ok", "usage"), 2, "-k 'x' selects no case"),
        (("bad", "usage", "fault"), 4, "Oops: 1"),
        (("ok", "dies"), 4, "the process of the run died: last words"),
    ],
)
def test_a_run_without_a_report_says_why(
    fleet: Any, names: tuple[str, ...], code: int, why: str
) -> None:
    found, overview = fleet(*names)

    last = overview["targets"][-1]
    assert found == code
    assert (last["verdict"], last["page"], last["why"]) == (None, None, why)


def test_never_more_processes_than_wanted_run_at_the_same_time(fleet: Any, tmp_path: Path) -> None:
    code, overview = fleet(*(f"ok-{number}" for number in range(12)), at_once=3)

    seen = [int(line) for line in (tmp_path / "at" / "seen").read_text().splitlines()]
    assert len(seen) == len(overview["targets"]) == 12
    assert max(seen) <= 3
    assert code == 0 or overview["targets"][0]["verdict"] == "untestable"


def interrupt_when(ready: Path) -> None:
    """Send SIGINT to this process as soon as a file is there."""

    def watch() -> None:
        while not ready.exists():
            threading.Event().wait(0.02)
        with suppress(ProcessLookupError):
            os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=watch, daemon=True).start()


def test_an_interruption_lets_every_process_clean_up_and_writes_the_overview(
    fleet: Any, tmp_path: Path
) -> None:
    interrupt_when(tmp_path / "at" / "running" / "waits-2")

    code, overview = fleet("ok", "waits-1", "waits-2", "ok-later", at_once=2)

    assert code == overview["exit_code"] == 130
    rows = {row["name"]: row for row in overview["targets"]}
    assert rows["ok"]["exit_code"] == 0
    assert rows["waits-1"]["why"] == rows["waits-2"]["why"] == "interrupted"
    assert rows["ok-later"]["why"] == "interrupted before it began"
    assert (tmp_path / "at" / "waits-1-cleaned").exists()
    assert (tmp_path / "at" / "waits-2-cleaned").exists()
    assert not (tmp_path / "out" / "ok-later" / "report.json").exists()


def test_a_second_interruption_ends_what_does_not_end(fleet: Any, tmp_path: Path) -> None:
    interrupt_when(tmp_path / "at" / "running" / "hangs")
    interrupt_when(tmp_path / "at" / "hangs-told")

    code, overview = fleet("hangs")

    assert code == 130
    assert overview["targets"][0]["why"].startswith("interrupted twice: `conformance cleanup`")


def test_a_long_silence_is_broken(
    fleet: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "SILENCE_BOUND_S", 0.01)
    monkeypatch.setattr(run, "_LOOK_S", 0.02)

    fleet("ok-1")

    assert "still running: ok-1" in capsys.readouterr().out


def test_the_report_of_an_earlier_run_is_gone(fleet: Any, tmp_path: Path) -> None:
    written(tmp_path / "out", "passed")
    written(tmp_path / "out" / "usage", "passed")

    fleet("usage")

    assert not (tmp_path / "out" / "report.json").exists()
    assert not (tmp_path / "out" / "usage" / "report.json").exists()
