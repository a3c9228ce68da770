"""The verdict on a correct server does not depend on the storage engine that it uses.

An engine that enforces no signatures costs the rows that need a signature, and nothing else:
they are not verified, and the reason names the engine.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from conformance.model.profile import Profile, profile_names
from conformance.model.requirement import GATE
from tests.conftest import clean_environment, credentials, everything
from tests.engines.engine import ENGINES, LAX, SIGNATURE_ROWS, EngineError, access_at, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.servers.store import StoreAccess

pytestmark = pytest.mark.engine

#: Seconds that one run may take on a slow machine.
RUN_BOUND_S = 900
UNENFORCED = "the storage itself enforces no signatures: test with one that does"


@contextmanager
def served(profile: str, store: StoreAccess) -> Iterator[dict[str, str]]:
    """Run `conformance serve` on a store; yield what it announces."""
    keys = {"AWS_ACCESS_KEY_ID": store.access_key, "AWS_SECRET_ACCESS_KEY": store.secret_key}
    command = [
        *(sys.executable, "-m", "conformance", "serve", profile, "--json"),
        *("--s3-endpoint", store.endpoint, "--s3-bucket", store.bucket),
    ]
    with subprocess.Popen(
        command, env={**clean_environment(), **keys}, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            assert line, "the reference server announced nothing"
            yield json.loads(line)
        finally:
            process.terminate()


def run(
    profile: str, announced: dict[str, str], folder: Path
) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """Run the kit with access to the bucket; return the process and its report."""
    claimed = Profile.load(profile).module("api").OPTIONAL_PARTS
    done = subprocess.run(
        [
            *(sys.executable, "-m", "conformance", "run", profile, *everything(announced)),
            *(part for name in claimed for part in ("--capability", name)),
        ],
        cwd=folder,
        env={**clean_environment(), **credentials(announced)},
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_BOUND_S,
    )
    report = folder / "conformance-report" / "report.json"
    assert report.is_file(), done.stdout + done.stderr
    return done, json.loads(report.read_text(encoding="utf-8"))


def reasons(report: dict[str, Any], *outcomes: str) -> dict[str, str]:
    """Return the reason of each row that has one of the outcomes, by id."""
    rows = report["requirements"]
    return {row["id"]: row["reason"] for row in rows if row["outcome"] in outcomes}


@pytest.mark.parametrize("profile", profile_names())
@pytest.mark.parametrize("engine", ENGINES)
def test_a_correct_server_is_blamed_on_no_engine(engine: str, profile: str, tmp_path: Path) -> None:
    with ENGINES[engine](tmp_path) as store, served(profile, store) as announced:
        done, report = run(profile, announced, tmp_path)

    assert reasons(report, "failed", "warned") == {}
    # These runs have no storage gate.
    gated = {row.id for row in Profile.load(profile).catalogue if GATE in row.needs}
    unverified = {
        row: reason
        for row, reason in reasons(report, "not-verified").items()
        if row not in gated or "--storage-gate" not in reason
    }
    assert set(unverified) == (SIGNATURE_ROWS[profile] if engine in LAX else set())
    assert all(reason.endswith(UNENFORCED) for reason in unverified.values())
    verdict = "partial" if engine in LAX else "conformant"
    assert (done.returncode, report["verdict"]) == (0, verdict), done.stdout


def test_an_engine_that_does_not_start_is_an_error_with_its_log(tmp_path: Path) -> None:
    with (
        pytest.raises(EngineError, match=r"(?s)ended with 3.*no disk"),
        running(
            [sys.executable, "-c", "import sys; print('no disk', flush=True); sys.exit(3)"],
            access_at(1),
            tmp_path,
        ),
    ):
        pytest.fail("it is not ready")
