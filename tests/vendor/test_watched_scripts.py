"""The vendor's own scripts through `conformance watch`: a client that none of us wrote."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest

from conformance.servers import service
from tests.runner.test_watch import watching
from tests.vendor.scripts import Scripts, put

if TYPE_CHECKING:
    from pathlib import Path
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


def lifecycle(scripts: Scripts) -> None:
    """Make a media item, look at it, delete it, and try what must be refused."""
    upload = scripts.create()
    upload_id = str(upload["upload_id"])
    scripts.run("complete-media-upload", upload_id)  # nothing is stored yet
    put(upload)
    media_id = str(scripts.run("complete-media-upload", upload_id).get("id", "med_unknown_1"))
    scripts.run("complete-media-upload", upload_id)  # completed already
    items = scripts.run("list-media", "--limit", "5").get("items") or [{}]
    media_id = str(items[0].get("id", media_id))
    for name in ("get-media", "delete-media", "get-media", "delete-media"):
        scripts.run(name, media_id)


def watched(folder: Path, *faults: str) -> tuple[int, dict[str, Any]]:
    """Watch a lifecycle; return the exit code and the report."""
    with (
        service.running("feedhive", service.Setup(deviations=faults)) as server,
        watching(folder, server["base_url"]) as (process, url),
    ):
        lifecycle(Scripts(url, server["token"]))
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
