"""Runs a correct and ten broken servers once whole and once in shards, and merges the shards.

    python -m tests.runner.sharded

It prints for each server what the single run and the merged shards say, as JSON. All servers share
one store and one process, so that it takes seconds.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.model.decision import Decision
from conformance.model.redaction import Redactor
from conformance.reports.report import Report
from conformance.runner.merge import merged
from conformance.runner.progress import Quiet
from conformance.runner.publish import emptied, write_reports
from conformance.runner.request import RunRequest
from conformance.runner.run import examine
from conformance.servers import service
from conformance.servers.service import Setup
from conformance.settings.layers import resolved

if TYPE_CHECKING:
    from conformance.model.run import Run

#: The correct server, and ten that each break one promise.
SERVERS = (
    "",
    "needs-no-key",
    "takes-any-key",
    "takes-another-scheme",
    "takes-a-longer-key",
    "takes-a-shorter-key",
    "takes-the-key-undefined",
    "bad-keys-get-403",
    "refused-keys-are-read-back",
    "errors-show-a-stack-trace",
    "upload-urls-are-cached",
)
#: The cases that decide about them; their requirements have several cases each.
_CASES = "HY_AUTH or HY_UPLOAD_15"
_SHARDS = 2


def main() -> None:
    """Print what was found."""
    with tempfile.TemporaryDirectory() as folder, service.running("hayon") as store:
        os.environ["AWS_ACCESS_KEY_ID"] = store["s3_access_key"]
        os.environ["AWS_SECRET_ACCESS_KEY"] = store["s3_secret_key"]
        found = {name: compared(name, store, Path(folder)) for name in SERVERS}
    sys.stdout.write(json.dumps(found))


def compared(name: str, store: dict[str, str], folder: Path) -> dict[str, Any]:
    """Return what the single run of a server says, and what its merged shards say."""
    setup = Setup(
        s3_endpoint=store["s3_endpoint"],
        s3_bucket=store["bucket"],
        deviations=(name,) if name else (),
    )
    with service.running("hayon", setup) as announced:
        single = ran(announced)[0]
        parts = [
            reported(announced, f"{number}/{_SHARDS}", folder / str(number))
            for number in range(1, _SHARDS + 1)
        ]
    return {
        "single": said(single),
        "merged": said(merged(parts)),
        "parts": list(map(counted, parts)),
    }


def ran(announced: dict[str, str], shard: str | None = None) -> tuple[Run, RunRequest]:
    """Run the suite and return the run and its request."""
    given = {name: announced[name] for name in ("base_url", "token", "other_token")}
    changes = {"effort": "quick", "shard": shard, "concurrency": 4, "yes": True}
    request = RunRequest("hayon", {**resolved(), **given, **changes}, expression=_CASES)
    return examine(request, Quiet())[0], request


def reported(announced: dict[str, str], shard: str, place: Path) -> Report:
    """Run a shard, write its report and read it again."""
    run, request = ran(announced, shard)
    redactor = Redactor([announced["token"], announced["other_token"]])
    write_reports(run, emptied(place), request.rerun, redactor, Decision.of(run))
    return Report.read(place)


def said(run: Run) -> dict[str, Any]:
    """Return what has to be the same."""
    return {
        "verdict": run.verdict.value,
        "exit code": Decision.of(run, require_verified=True).exit_code,
        "outcomes": {row.requirement.id: row.outcome.value for row in run.requirements},
        "cases": sorted(case.case for case in run.cases),
    }


def counted(part: Report) -> int:
    """Return how many cases a shard ran."""
    return sum(len(row["cases"]) for row in part.requirements)


if __name__ == "__main__":
    main()
