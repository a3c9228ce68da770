"""The vendor's own scripts through `conformance watch`: a client that none of us wrote.

`nox -s vendor` installs the scripts and names their folder in `VENDOR_SCRIPTS`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from conformance.harness.sample_files import unique
from conformance.servers import service
from tests.runner.test_watch import watching

if TYPE_CHECKING:
    from typing import Any

_BOUND_S = 60
#: Faults that a lifecycle by these scripts shows, each with the row that it breaks.
FAULTS = {
    "sessions-of-an-hour": "FH-CREATE-13",
    "refusals-claim-success": "FH-ERROR-01",
    "second-complete-is-idempotent": "FH-COMPLETE-08",
    "complete-answers-no-id": "FH-COMPLETE-SCHEMA",
    "newest-media-is-listed-twice": "FH-COMPLETE-03",
    "next-cursor-is-missing-at-the-end": "FH-LIST-SCHEMA",
    "image-gif-becomes-image": "FH-GET-05",
    "delete-answers-no-item": "FH-DELETE-SCHEMA",
}
#: Those that break only a SHOULD: the scripts fetch at once, when a replica may be behind.
WARNED = {
    "get-finds-nothing": "FH-COMPLETE-20",
    "deleted-media-can-be-fetched": "FH-DELETE-19",
}


class Scripts:
    """The vendor's scripts, with the URL of the proxy and a key."""

    def __init__(self, base_url: str, token: str) -> None:
        self._folder = Path(os.environ["VENDOR_SCRIPTS"])
        self._environment = {
            **os.environ,
            "FEEDHIVE_BASE_URL": base_url,
            "FEEDHIVE_API_KEY": token,
        }

    def run(self, name: str, *arguments: str) -> dict[str, Any]:
        """Run a script; return the data of its answer, which a refusal does not have."""
        done = subprocess.run(
            ["node", str(self._folder / f"{name}.js"), *arguments],  # noqa: S607 - node of the PATH
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=_BOUND_S,
        )
        answer = json.loads(done.stdout) if done.returncode == 0 else {}
        data = answer.get("data")
        return data if isinstance(data, dict) else {}

    def lifecycle(self) -> None:
        """Make a media item, look at it, delete it, and try what must be refused."""
        request = json.dumps({"filename": "pixel.gif", "content_type": "image/gif"})
        upload = self.run("create-media-upload", "--body", request)
        upload_id = str(upload["upload_id"])
        self.run("complete-media-upload", upload_id)  # nothing is stored yet
        headers = {"Content-Type": "image/gif"}
        httpx.put(str(upload["upload_url"]), content=unique("image/gif"), headers=headers)
        media_id = str(self.run("complete-media-upload", upload_id).get("id", "med_unknown_1"))
        self.run("complete-media-upload", upload_id)  # completed already
        listed = self.run("list-media", "--limit", "5")
        items = listed.get("items") or [{}]
        media_id = str(items[0].get("id", media_id))
        for name in ("get-media", "delete-media", "get-media", "delete-media"):
            self.run(name, media_id)


def watched(folder: Path, *faults: str) -> tuple[int, dict[str, Any]]:
    """Watch a lifecycle; return the exit code and the report."""
    with (
        service.running("feedhive", service.Setup(deviations=faults)) as server,
        watching(folder, server["base_url"]) as (process, url),
    ):
        Scripts(url, server["token"]).lifecycle()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=_BOUND_S)
    report = json.loads((folder / "conformance-report" / "report.json").read_bytes())
    return process.returncode, report


def broken(report: dict[str, Any]) -> list[str]:
    return [row["id"] for row in report["requirements"] if row["evidence"]]


def test_nothing_is_found_in_a_correct_server(tmp_path: Path) -> None:
    code, report = watched(tmp_path)

    assert (code, report["verdict"], broken(report)) == (0, "partial", [])
    assert report["traffic"]["coverage"]["exercised"] > 40


@pytest.mark.parametrize(("fault", "row"), {**FAULTS, **WARNED}.items(), ids=[*FAULTS, *WARNED])
def test_a_fault_is_found(tmp_path: Path, fault: str, row: str) -> None:
    code, report = watched(tmp_path, fault)

    assert code == (0 if fault in WARNED else 1)
    assert row in broken(report)
