"""`conformance run` as its users meet it: a process, its exit code and its reports."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from conformance.model.profile import specs_folder
from conformance.model.volume import TOLERANCE, estimated
from conformance.reports.formats import FILES
from conformance.runner import launch
from tests.conftest import credentials, everything

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

pytestmark = pytest.mark.whole_run


#: The methods of one whole walk through each API.
WALKS = {
    "feedhive": ["POST", "PUT", "POST", "GET", "GET", "DELETE", "GET"],
    "hayon": ["POST", "PUT", "GET", "POST"],
}


def report_of(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


def capabilities_of(report: dict[str, Any]) -> list[str]:
    found: list[str] = report["target"]["capabilities"]
    return found


def failed(report: dict[str, Any]) -> list[str]:
    return [row["id"] for row in report["requirements"] if row["outcome"] == "failed"]


@pytest.mark.parametrize("profile", ["feedhive", "hayon"])
def test_the_reference_server_is_conformant(command: Command, tmp_path: Path, profile: str) -> None:
    done = command("run", profile, "--reference", "--effort", "quick")

    assert done.returncode == 0, done.stdout + done.stderr
    report = report_of(tmp_path / "conformance-report")
    assert report["verdict"] == "conformant"
    assert report["counts"]["failed"] == report["counts"]["warned"] == 0
    assert report["leftovers"] == []
    said = estimated(specs_folder() / profile / "volume.toml", "quick", capabilities_of(report))
    for word, count in said.items():
        assert report["made"][word] == pytest.approx(count, rel=TOLERANCE, abs=5), word
    assert {path.name for path in (tmp_path / "conformance-report").iterdir()} == set(FILES)
    walk = [step["request"]["method"] for step in report["lifecycle"]]
    assert walk == WALKS[profile]


@pytest.mark.parametrize(
    ("fault", "requirement", "expression"),
    [
        ("empty-objects-complete", "FH-COMPLETE-11", "test_complete"),
        ("any-stored-type-completes", "FH-COMPLETE-12", "test_complete"),
        ("expired-stored-sessions-complete", "FH-COMPLETE-07", "test_complete"),
        ("delete-takes-a-neighbours-bytes", "FH-DELETE-09", "test_the_neighbours"),
        ("total-is-one-too-many", "FH-LIST-09", "test_total"),
        ("delete-needs-no-key", "FH-AUTH-05", "test_delete_deletes_nothing"),
    ],
)
def test_a_server_with_one_broken_promise_is_caught(
    command: Command, tmp_path: Path, fault: str, requirement: str, expression: str
) -> None:
    with launch.reference("feedhive", [fault]) as announced:
        done = command(
            *("run", "feedhive", *everything(announced), "-k", expression),
            **credentials(announced),
        )

    report = report_of(tmp_path / "conformance-report")
    assert done.returncode == 1
    assert failed(report) == [requirement]
    assert requirement in done.stdout


def test_a_server_that_is_out_of_order_fails_little_and_blocks_the_rest(
    command: Command, tmp_path: Path
) -> None:
    with launch.reference("feedhive", ["out-of-order"]) as announced:
        done = command("run", "feedhive", *everything(announced), **credentials(announced))

    report = report_of(tmp_path / "conformance-report")
    assert done.returncode == 1
    assert failed(report) == ["FH-CREATE-01", "FH-LIST-01"]
    assert report["counts"]["passed"] == 0


def test_without_further_access_the_verdict_is_partial(
    command: Command, feedhive: dict[str, str], tmp_path: Path
) -> None:
    arguments = ("run", "feedhive", "--base-url", feedhive["base_url"], "--effort", "quick")

    done = command(*arguments, CONFORMANCE_TOKEN=feedhive["token"])
    strict = command(*arguments, "--require-verified", CONFORMANCE_TOKEN=feedhive["token"])

    assert (done.returncode, strict.returncode) == (0, 5)
    report = report_of(tmp_path / "conformance-report")
    assert report["verdict"] == "partial"
    reasons = {row["reason"] for row in report["requirements"] if row["outcome"] == "not-verified"}
    assert any("--other-token" in reason for reason in reasons)
    assert any("--max-wait" in reason for reason in reasons)


def test_a_refused_token_is_untestable(
    command: Command, feedhive: dict[str, str], tmp_path: Path
) -> None:
    done = command(
        *("run", "feedhive", "--base-url", feedhive["base_url"]), CONFORMANCE_TOKEN="wrong"
    )

    assert done.returncode == 3
    assert "refuses the token" in done.stdout
    assert report_of(tmp_path / "conformance-report")["verdict"] == "untestable"


def test_no_secret_reaches_any_output(
    command: Command, feedhive: dict[str, str], tmp_path: Path
) -> None:
    done = command(
        *("run", "feedhive", *everything(feedhive), "-k", "test_put or test_get_gives"),
        **credentials(feedhive),
    )

    written = [path.read_text() for path in (tmp_path / "conformance-report").iterdir()]
    for text in (done.stdout, done.stderr, *written):
        assert feedhive["token"] not in text
        assert feedhive["s3_secret_key"] not in text


def test_the_report_says_what_was_set_and_by_whom(
    command: Command, hayon: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "conformance.toml").write_text(
        "default_target = 'here'\nseed = 5\n[targets.here]\ntoken_env = 'MY_TOKEN'\n"
        f"base_url = '{hayon['base_url']}'\n[targets.there]\n"
    )

    done = command(
        *("run", "hayon", "--effort", "quick", "-k", "listed_type"),
        CONFORMANCE_READ_TIMEOUT="9",
        MY_TOKEN=hayon["token"],
    )

    assert done.returncode == 0, done.stdout + done.stderr
    report = report_of(tmp_path / "conformance-report")
    made = {
        row["name"]: (row["value"], row["origin"])
        for row in report["settings"]
        if row["origin"] != "default"
    }
    assert made == {
        "base_url": (hayon["base_url"], "file"),
        "token": ("[redacted]", "file"),
        "effort": ("quick", "flag"),
        "seed": ("5", "file"),
        "read_timeout": ("9", "environment"),
        "k": ("listed_type", "flag"),
    }
    assert "read_timeout 9 (environment)" in " ".join(done.stdout.split())
    assert hayon["token"] not in done.stdout + str(report)


def test_junit_names_failures_and_skips(command: Command, tmp_path: Path) -> None:
    with launch.reference("feedhive", ["delete-needs-no-key"]) as announced:
        command(
            *("run", "feedhive", *everything(announced), "-k", "test_auth and delete"),
            **credentials(announced),
        )

    root = ET.parse(tmp_path / "conformance-report" / "junit.xml").getroot()  # noqa: S314 - our own
    failures = [
        case.get("name", "") for case in root.iter("testcase") if case.find("failure") is not None
    ]
    assert [name.split()[0] for name in failures] == ["FH-AUTH-05"]
    assert root.find(".//skipped") is not None


def test_a_step_of_github_gets_annotations_and_its_summary(
    command: Command, tmp_path: Path
) -> None:
    summary = tmp_path / "step.md"
    summary.write_text("an earlier step\n")
    with launch.reference("feedhive", ["delete-needs-no-key"]) as announced:
        done = command(
            *("run", "feedhive", *everything(announced), "-k", "test_auth and delete"),
            **credentials(announced),
            GITHUB_ACTIONS="true",
            GITHUB_STEP_SUMMARY=str(summary),
        )

    before, _, after = done.stdout.partition("\n::error title=FH-AUTH-05 MUST failed%3A ")
    assert after
    stopped = re.search(r"^::stop-commands::(\w{32})$", before, re.MULTILINE)
    assert stopped is not None
    assert f"\n::{stopped[1]}::\n" in before
    assert summary.read_text().startswith("an earlier step\n\n## ❌ feedhive: nonconformant")


def test_a_summary_that_cannot_be_written_is_a_warning_and_nothing_more(
    command: Command, tmp_path: Path
) -> None:
    done = command(
        *("run", "hayon", "--reference", "--effort", "quick", "-k", "test_auth"),
        GITHUB_STEP_SUMMARY=str(tmp_path),
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"warning: GITHUB_STEP_SUMMARY={tmp_path} cannot be written" in done.stdout
    assert "::error" not in done.stdout


def test_the_users_own_server_is_started_and_stopped(command: Command, tmp_path: Path) -> None:
    server = tmp_path / "server.py"
    server.write_text(
        "import sys\n"
        "from http.server import BaseHTTPRequestHandler, HTTPServer\n"
        "class Handler(BaseHTTPRequestHandler):\n"
        "    def do_GET(self): self.send_error(401)\n"
        "    do_POST = do_GET\n"
        "HTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()\n"
    )

    done = command(
        *("run", "hayon", "--start", f"{sys.executable} {server} {{port}}"), CONFORMANCE_TOKEN="t"
    )

    assert done.returncode == 3
    assert "refuses the token (401)" in done.stdout
    assert "untestable" in done.stdout


def test_two_workers_give_the_same_verdict(
    command: Command, hayon: dict[str, str], tmp_path: Path
) -> None:
    done = command(
        *("run", "hayon", *everything(hayon), "--workers", "2", "--effort", "quick"),
        *("--capability", "posts"),
        **credentials(hayon),
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert report_of(tmp_path / "conformance-report")["verdict"] == "conformant"
    counted = [line.split()[::2] for line in done.stdout.splitlines() if " cases" in line]
    assert len(counted) == 5
    assert counted[-1][0] == counted[-1][1].removesuffix(",")


def test_plain_pytest_gives_the_same_verdict(hayon: dict[str, str], tmp_path: Path) -> None:
    arguments = ["--pyargs", "conformance.profiles.hayon", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", *arguments),
            *("--conformance-base-url", hayon["base_url"], "-k", "test_upload"),
        ],
        cwd=tmp_path,
        env={"PATH": "", "CONFORMANCE_TOKEN": hayon["token"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout


def test_waivers_and_a_baseline_spare_what_is_known_and_nothing_else(
    command: Command, tmp_path: Path
) -> None:
    settings = tmp_path / "conformance.toml"
    waiver = "[[waivers]]\nrequirement = 'FH-COMPLETE-11'\nreason = 'known'\nmatch = 'it was 200'\n"
    folder = tmp_path / "conformance-report"
    with launch.reference("feedhive", ["empty-objects-complete"]) as announced:
        arguments = ("run", "feedhive", *everything(announced), "-k", "an_empty_object")

        settings.write_text(waiver)
        waived = command(*arguments, "--strict-waivers", **credentials(announced))
        settings.write_text(waiver + "expires = 2020-01-01\n")
        expired = command(*arguments, **credentials(announced))
        settings.write_text("")
        known = command(*arguments, "--baseline", "conformance-report", **credentials(announced))
        clean = report_of(folder)
        clean["requirements"] = [
            {**row, "outcome": "passed"} if row["outcome"] == "failed" else row
            for row in clean["requirements"]
        ]
        (tmp_path / "clean.json").write_text(json.dumps(clean))
        worse = command(*arguments, "--baseline", "clean.json", **credentials(announced))

    assert (waived.returncode, expired.returncode) == (0, 1)
    assert "FH-COMPLETE-11 applied: known" in waived.stdout
    assert "FH-COMPLETE-11 expired (its last day was 2020-01-01)" in expired.stdout
    assert (known.returncode, worse.returncode) == (0, 1)
    assert "FH-COMPLETE-11 MUST passed -> failed" in worse.stdout
    assert report_of(folder)["verdict"] == "nonconformant"


def test_a_bad_baseline_stops_before_anything_is_sent_or_replaced(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "conformance-report").mkdir()
    before = tmp_path / "conformance-report" / "report.json"
    before.write_text("{")

    done = command(
        *("run", "feedhive", "--base-url", "http://127.0.0.1:1", "--token", "t"),
        *("--baseline", "conformance-report"),
    )

    assert done.returncode == 2
    assert "is not valid JSON, or is cut off" in done.stderr
    assert before.read_text() == "{"
