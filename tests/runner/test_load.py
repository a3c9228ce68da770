"""`conformance load`: what it refuses, and what it finds with real users."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from conformance.harness.ledger import ledger_folder
from conformance.load.loading import Loading
from conformance.problem import UsageProblem
from conformance.reports.terminal.console import Console
from conformance.runner import locust_process
from conformance.runner.load import load
from conformance.runner.request import RunRequest
from conformance.settings import layers
from tests.conftest import clean_environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

FAULTS = {
    "two-completes-succeed-under-load": "FH-COMPLETE-09",
    "media-are-lost-under-load": "FH-COMPLETE-03",
    "totals-drift-under-load": "FH-LIST-09",
}


def settings(folder: Path, **given: Any) -> dict[str, Any]:
    return {**layers.resolved(), "report_dir": str(folder), **given}


def written(folder: Path, name: str = "report.json") -> dict[str, Any]:
    data: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    return data


@pytest.mark.whole_run
def test_a_load_finds_the_three_faults_that_only_it_shows_and_removes_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A total that does not fit is read again at once; the oracle waits for no server.
    monkeypatch.setattr("conformance.load.audit.COUNTED_S", 0.0)
    request = RunRequest("feedhive", settings(tmp_path), reference=True, deviations=tuple(FAULTS))

    code = load(request, Loading(40, 4), Console())

    report = written(tmp_path)
    failed = {row["id"] for row in report["requirements"] if row["outcome"] == "failed"}
    assert code == 1
    assert set(FAULTS.values()) <= failed
    assert written(tmp_path, "load.json")["load"]["first_broken"]["requirement"] in failed
    assert report["load"]["users"] == report["load"]["callers"] == 40
    assert report["leftovers"] == []
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "Broken first" in page
    folder = ledger_folder("feedhive", report["target"]["base_url"])
    assert [path.name for path in folder.glob("*") if path.suffix != ".lock"] == []


@pytest.mark.whole_run
def test_ctrl_c_ends_the_users_of_two_processes_and_removes_everything(
    feedhive: dict[str, str], tmp_path: Path
) -> None:
    words = ["load", "feedhive", "--base-url", feedhive["base_url"], "--users", "4"]
    words += ["--time", "600", "--processes", "2", "--report-dir", str(tmp_path / "report")]
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance", *words],
        cwd=tmp_path,
        env={**clean_environment(), "CONFORMANCE_TOKEN": feedhive["token"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    folder = ledger_folder("feedhive", feedhive["base_url"])
    with process:
        try:
            _await_a_media(folder)
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=60)
        finally:
            process.kill()

    report = written(tmp_path / "report")
    assert process.returncode == 130, output
    assert (report["reason"], report["leftovers"]) == ("interrupted", [])
    assert report["counts"]["failed"] == 0
    assert report["load"]["requests"] > 0
    assert "Traceback" not in output
    assert feedhive["token"] not in output
    assert [path.name for path in folder.glob("*load*")] == []


def _await_a_media(folder: Path) -> None:
    """Wait until both processes have completed an upload."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        texts = [path.read_text() for path in folder.glob("*-load*.jsonl")]
        if len(texts) == 2 and all('"kind": "media"' in text for text in texts):
            return
        threading.Event().wait(0.1)
    raise AssertionError("no process completed an upload")


def test_without_locust_one_line_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locust_process, "find_spec", lambda _: None)

    with pytest.raises(UsageProblem, match=r"needs locust: pip install .*\[load\]"):
        load(RunRequest("feedhive", settings(tmp_path)), Loading(1, 1), Console())


@pytest.fixture
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locust_process, "find_spec", lambda _: object())


@pytest.mark.usefixtures("_installed")
def test_the_page_needs_a_free_port(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(UsageProblem, match=f"--web {port} cannot be used"):
            load(RunRequest("feedhive", settings(tmp_path)), Loading(1, 1, web=port), Console())


@pytest.mark.usefixtures("_installed")
def test_a_target_that_may_only_be_read_is_not_loaded(tmp_path: Path) -> None:
    given = {"base_url": "http://127.0.0.1:9", "token": "tok_0123456789", "read_only": True}

    with pytest.raises(UsageProblem, match="a load writes"):
        load(RunRequest("feedhive", settings(tmp_path, **given)), Loading(1, 1), Console())


@pytest.mark.usefixtures("_installed")
def test_a_target_that_is_not_there_is_untestable(tmp_path: Path) -> None:
    given = {"base_url": "http://127.0.0.1:9", "token": "tok_0123456789"}

    code = load(RunRequest("feedhive", settings(tmp_path, **given)), Loading(1, 1), Console())

    assert code == 3
    assert "cannot be reached" in written(tmp_path)["reason"]
    assert not (tmp_path / "load.json").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--users", "2", "--time", "1", "--processes", "3"), "each process needs a user"),
        (("--users", "0", "--time", "1"), "0 is not in the range"),
        (
            (
                "--users",
                "1",
            ),
            "Missing option '--time'",
        ),
        (("--users", "1", "--time", "1", "--tokens-from", "none.txt"), "none.txt cannot be read"),
    ],
)
def test_wrong_usage_is_one_line(command: Command, words: tuple[str, ...], expected: str) -> None:
    finished = command("load", "feedhive", "--base-url", "http://127.0.0.1:9", *words)

    assert finished.returncode == 2
    assert expected in finished.stderr
    assert len(finished.stderr.splitlines()) == 1
