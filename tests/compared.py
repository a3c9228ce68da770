"""Runs schemathesis and the kit on the reference server with the same faults, and compares both.

    python -m tests.compared PROFILE --sample 8 --seed 15 --out feedhive.json

The faults are drawn by the seed. The first row is the correct server. Both tools get the kit's
OpenAPI document; each of them gets a server of its own. The requests of schemathesis are counted
in the HAR file that it writes, those of the kit are in its report.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.model.profile import profile_names
from conformance.runner import launch
from conformance.servers.reference import FAULTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BOUND_S = 900


@dataclass(frozen=True)
class Tried:
    """What one tool did with one server: whether it found anything, requests, seconds."""

    found: bool
    requests: int
    wall_s: float
    processor_s: float


@dataclass(frozen=True)
class Compared:
    """One server, judged by both tools; `fault` is empty for the correct one."""

    profile: str
    fault: str
    requirement: str
    schemathesis: Tried
    kit: Tried


def drawn(profile: str, sample: int, seed: int) -> list[tuple[str, str]]:
    """Return the name and the requirement of each fault that the seed draws."""
    shown = [fault for fault in FAULTS[profile] if not fault.shown_by]
    faults = random.Random(seed).sample(shown, sample)  # noqa: S311 - no secret
    return [(fault.name, fault.requirement) for fault in faults]


def compared(profile: str, fault: str, requirement: str, effort: str) -> Compared:
    """Judge one server with both tools, each on a fresh start of it."""
    deviations = [fault] if fault else []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with launch.reference(profile, deviations) as announced:
            theirs = _schemathesis(profile, announced, folder)
        with launch.reference(profile, deviations) as announced:
            ours = _kit(profile, announced, folder, requirement, effort)
    return Compared(profile, fault, requirement, theirs, ours)


def _schemathesis(profile: str, announced: Mapping[str, Any], folder: Path) -> Tried:
    document, config = folder / "openapi.yaml", folder / "schemathesis.toml"
    har = folder / "schemathesis.har"
    document.write_text(_spec(profile, "whole"), encoding="utf-8")
    config.write_text(_spec(profile, "schemathesis"), encoding="utf-8")
    command = [
        *("schemathesis", "--config-file", str(config), "run", str(document)),
        *("--url", announced["base_url"]),
        *("--header", f"Authorization: Bearer {announced['token']}"),
        *("--seed", "1", "--generation-database", "none"),
        *("--report", "har", "--report-har-path", str(har)),
    ]
    code, wall_s, processor_s = _timed(command, dict(os.environ))
    if code not in (0, 1):
        raise SystemExit(f"schemathesis ended with {code}")
    entries = json.loads(har.read_text(encoding="utf-8"))["log"]["entries"]
    return Tried(code == 1, len(entries), wall_s, processor_s)


def _spec(profile: str, part: str) -> str:
    command = [sys.executable, "-m", "conformance", "spec", profile, "--part", part]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _kit(
    profile: str, announced: Mapping[str, Any], folder: Path, requirement: str, effort: str
) -> Tried:
    report = folder / "report"
    command = [
        *(sys.executable, "-m", "conformance", "run", profile),
        *("--base-url", announced["base_url"], "--short-lived-url", announced["short_lived_url"]),
        *("--s3-endpoint", announced["s3_endpoint"], "--s3-bucket", announced["bucket"]),
        *("--capability", "posts", "--effort", effort, "--report-dir", str(report)),
    ]
    environment = {
        **os.environ,
        "CONFORMANCE_TOKEN": announced["token"],
        "CONFORMANCE_OTHER_TOKEN": announced["other_token"],
        "AWS_ACCESS_KEY_ID": announced["s3_access_key"],
        "AWS_SECRET_ACCESS_KEY": announced["s3_secret_key"],
    }
    _, wall_s, processor_s = _timed(command, environment)
    document = json.loads((report / "report.json").read_text(encoding="utf-8"))
    outcomes = {row["id"]: row["outcome"] for row in document["requirements"]}
    wrong = {name for name, outcome in outcomes.items() if outcome in ("failed", "warned")}
    found = requirement in wrong if requirement else bool(wrong)
    return Tried(found, document["requests"], wall_s, processor_s)


def _timed(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, float, float]:
    """Run a command; return its exit code, its seconds, and its seconds of processor."""
    before, began = os.times(), time.monotonic()
    done = subprocess.run(
        command, env=environment, check=False, capture_output=True, timeout=_BOUND_S
    )
    wall_s, after = time.monotonic() - began, os.times()
    spent = (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )
    return done.returncode, round(wall_s, 1), round(spent, 1)


def main(arguments: Sequence[str]) -> int:
    """Compare, print a line for each server, and write them as JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.compared", description=__doc__)
    parser.add_argument("profile", choices=profile_names())
    parser.add_argument("--sample", type=int, default=8, metavar="N")
    parser.add_argument("--seed", type=int, default=15, metavar="N")
    parser.add_argument("--effort", default="quick")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    given = parser.parse_args(arguments)
    rows: list[Compared] = []
    for fault, requirement in [("", ""), *drawn(given.profile, given.sample, given.seed)]:
        rows.append(compared(given.profile, fault, requirement, given.effort))
        print(rows[-1], flush=True)  # noqa: T201 - it is a command
        text = json.dumps([asdict(row) for row in rows], indent=2)
        given.out.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
